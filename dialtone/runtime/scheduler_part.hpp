// SPDX-License-Identifier: Apache-2.0
// What a room above keeps at each scheduler (the sockets of net): made when it is first asked for, destroyed with the
// scheduler, after its processes and before its driver. And work that waits for the end of a slice or of a turn: one
// system call then does for all that was asked for by then; or for the next turn, so that others have theirs first.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dialtone::detail {

class scheduler;
struct process_block;

struct scheduler_part {
  scheduler_part() = default;
  scheduler_part(const scheduler_part&) = delete;
  virtual ~scheduler_part() = default;
  /// What a process that has crashed holds here, as lines of its report that begin with a line break.
  virtual std::string holdings_of(const process_block&) const { return {}; }
};

class scheduler_parts {
 public:
  /// The part of this type, which is made of a scheduler&.
  template <class Part>
  Part& get(scheduler& home) {
    for (auto& [type, part] : parts_)
      if (type == &type_of<Part>) return static_cast<Part&>(*part);
    return make<Part>(home);
  }
  void clear() { parts_.clear(); }
  std::string holdings_of(const process_block& process) const {
    std::string all;
    for (const auto& [type, part] : parts_) all += part->holdings_of(process);
    return all;
  }

 private:
  template <class Part>
  static inline constexpr char type_of = 0;  // its address is what counts
  // Apart, so that a part that is there is found without a call.
  template <class Part>
  [[gnu::noinline]] Part& make(scheduler& home) {
    parts_.emplace_back(&type_of<Part>, std::make_unique<Part>(home));
    return static_cast<Part&>(*parts_.back().second);
  }

  std::vector<std::pair<const void*, std::unique_ptr<scheduler_part>>> parts_;
};

/// Runs once when it is time, in the name of no process. Destroyed before, it does not.
class late_work {
 public:
  explicit late_work(void (*run)(late_work&)) : run_{run} {}
  late_work(const late_work&) = delete;
  ~late_work() { take_out(); }
  /// No-op for one that does not wait.
  void cancel() { take_out(); }
  bool waits() const { return link_ != nullptr; }

 private:
  friend class late_works;
  void take_out() {
    if (link_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    link_ = nullptr;
  }

  void (*run_)(late_work&);
  late_work* next_ = nullptr;
  late_work** link_ = nullptr;  // what points to this one, while it waits
};

class late_works {
 public:
  /// Of one that waits already, also in another list, nothing happens.
  void ask(late_work& work) {
    if (work.link_ != nullptr) return;
    work.next_ = first_;
    work.link_ = &first_;
    if (first_ != nullptr) first_->link_ = &work.next_;
    first_ = &work;
  }
  /// What is asked for meanwhile runs as well.
  void run() { run_all(first_); }
  /// What is asked for meanwhile waits for the next time. False when there was nothing.
  bool run_once() {
    if (first_ == nullptr) return false;
    late_work* asked = std::exchange(first_, nullptr);
    asked->link_ = &asked;
    run_all(asked);
    return true;
  }
  bool empty() const { return first_ == nullptr; }

 private:
  // A work that is destroyed meanwhile takes itself out.
  static void run_all(late_work*& first) {
    while (late_work* work = first) {
      work->take_out();
      work->run_(*work);
    }
  }

  late_work* first_ = nullptr;
};

}  // namespace dialtone::detail
