// SPDX-License-Identifier: Apache-2.0
// What a room above keeps at each scheduler (the sockets of net): made when it is first asked for, destroyed with the
// scheduler, after its processes and before its driver. And work that waits for the end of a turn, when all processes
// that were ready have run: one system call then does for what several of them have asked for.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace dialtone::detail {

class scheduler;

struct scheduler_part {
  scheduler_part() = default;
  scheduler_part(const scheduler_part&) = delete;
  virtual ~scheduler_part() = default;
};

class scheduler_parts {
 public:
  /// The part of this type, which is made of a scheduler&.
  template <class Part>
  Part& get(scheduler& home) {
    for (auto& [type, part] : parts_)
      if (type == &type_of<Part>) return static_cast<Part&>(*part);
    parts_.emplace_back(&type_of<Part>, std::make_unique<Part>(home));
    return static_cast<Part&>(*parts_.back().second);
  }
  void clear() { parts_.clear(); }

 private:
  template <class Part>
  static inline constexpr char type_of = 0;  // its address is what counts

  std::vector<std::pair<const void*, std::unique_ptr<scheduler_part>>> parts_;
};

/// Runs once at the end of the turn in which it was asked for, in the name of no process. Destroyed before, it does
/// not.
class end_of_turn_work {
 public:
  explicit end_of_turn_work(void (*run)(end_of_turn_work&)) : run_{run} {}
  end_of_turn_work(const end_of_turn_work&) = delete;
  ~end_of_turn_work() { take_out(); }

 private:
  friend class end_of_turn;
  void take_out() {
    if (link_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    link_ = nullptr;
  }

  void (*run_)(end_of_turn_work&);
  end_of_turn_work* next_ = nullptr;
  end_of_turn_work** link_ = nullptr;  // what points to this one, while it waits
};

class end_of_turn {
 public:
  /// Twice is once.
  void ask(end_of_turn_work& work) {
    if (work.link_ != nullptr) return;
    work.next_ = first_;
    work.link_ = &first_;
    if (first_ != nullptr) first_->link_ = &work.next_;
    first_ = &work;
  }
  /// What is asked for meanwhile runs as well.
  bool run() {
    if (first_ == nullptr) return false;
    while (end_of_turn_work* work = first_) {
      work->take_out();
      work->run_(*work);
    }
    return true;
  }

 private:
  end_of_turn_work* first_ = nullptr;
};

}  // namespace dialtone::detail
