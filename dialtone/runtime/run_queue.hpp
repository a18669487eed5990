// SPDX-License-Identifier: Apache-2.0
// The processes of one scheduler that are ready to run. First in, first out; or, where a chooser is given (simulation,
// tests), whichever it picks, so that orders which seldom happen are met and one seed always gives the same order.
#pragma once

#include <cstddef>
#include <vector>

#include <dialtone/base/assert.hpp>
#include <dialtone/runtime/process_block.hpp>

namespace dialtone {

class exit_reason;

/// Picks the next ready process, and hears of it: the seam through which a simulation decides about order.
class ready_chooser {
 public:
  virtual ~ready_chooser() = default;
  /// An index below `count`; `count` is at least 1.
  virtual std::size_t choose(std::size_t count) = 0;
  /// Whether a scheduler leaves what others have sent to it for its next turn, so that signals cross as they do between
  /// threads. Not for ever.
  virtual bool delays_arrivals() { return false; }
  /// A process runs next, whether there was a choice or not. `begins`: for the first time.
  virtual void runs(pid /*process*/, bool /*begins*/) {}
  /// It has ended, by itself or not; its destructors run now.
  virtual void exits(pid /*process*/, const exit_reason& /*reason*/) {}
};

}  // namespace dialtone

namespace dialtone::detail {

class run_queue {
 public:
  void choose_with(ready_chooser* chooser) { chooser_ = chooser; }
  bool empty() const { return first_ == nullptr && chosen_from_.empty(); }

  void push(process_block& process) {
    if (first_ == nullptr)
      first_ = &process;
    else
      last_->next = &process;
    last_ = &process;
  }

  /// The next process, taken out; null when none is ready.
  process_block* pop() {
    if (chooser_ != nullptr) [[unlikely]]
      return pop_chosen();
    return pop_first();
  }

 private:
  process_block* pop_first() {
    process_block* process = first_;
    if (process == nullptr) return nullptr;
    if (process == last_)
      first_ = nullptr;
    else
      first_ = process->next;
    return process;
  }
  process_block* pop_chosen() {
    while (process_block* process = pop_first()) chosen_from_.push_back(process);
    if (chosen_from_.empty()) return nullptr;
    std::size_t index = chosen_from_.size() == 1 ? 0 : chooser_->choose(chosen_from_.size());
    DIALTONE_ASSERT(index < chosen_from_.size(), "a chooser of ready processes picks one that there is");
    process_block* process = chosen_from_[index];
    chosen_from_[index] = chosen_from_.back();
    chosen_from_.pop_back();
    chooser_->runs(process->self(), process->has(fresh) && !process->has(doomed));
    return process;
  }

  process_block* first_ = nullptr;
  process_block* last_ = nullptr;  // only where there is a first
  ready_chooser* chooser_ = nullptr;
  std::vector<process_block*> chosen_from_;
};

}  // namespace dialtone::detail
