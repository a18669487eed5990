// SPDX-License-Identifier: Apache-2.0
// How a supervisor ends its children: an exit signal, a time limit, then `kill`, and a wait until the death is seen.
// The link to the child is gone before, so that nothing of it comes to the mailbox; the wait does not pass through the
// mailbox either: its cost does not grow with what is in there. Who is killed meanwhile takes the child with it.
// Inside a process only.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::detail {

/// Ends a child and says with which reason it has ended. `limit`: the time from `shutdown` to `kill`, or brutal_kill.
task<exit_reason> end_child(pid child, duration limit);

struct ending {
  dialtone::pid child;
  duration limit;
};
/// Ends all of them at the same time, each within its own limit. How many had to be killed against their will.
task<std::size_t> end_children(std::vector<ending> children);

/// The deaths of many processes that are watched at once.
class deaths {
 public:
  deaths() = default;
  deaths(const deaths&) = delete;
  deaths& operator=(const deaths&) = delete;

  void watch(pid process);
  std::size_t left() const { return left_; }
  bool has_ended(std::size_t index) const { return watched_[index].complete(); }

  class all_ended : public plain_wait {
   public:
    all_ended(deaths& waited, duration limit) : waited_{waited}, timer_{limit} {}
    ~all_ended() { waited_.waiting_ = nullptr; }
    bool await_ready() { return waited_.left_ == 0 && this_core->may_continue(); }
    void await_suspend(std::coroutine_handle<> coroutine);

   private:
    deaths& waited_;
    wait_timer timer_;
  };
  /// Waits until all have ended, or for `limit`. Resumed by the caller's scheduler.
  [[nodiscard("a wait must be awaited")]] all_ended within(duration limit) { return {*this, limit}; }

 private:
  struct watch_of_one : pending_reply_base {
    deaths* owner = nullptr;
  };
  static void one_has_ended(pending_reply_base& ended);

  std::deque<watch_of_one> watched_;
  std::size_t left_ = 0;
  waiter* waiting_ = nullptr;
};

}  // namespace dialtone::detail
