// SPDX-License-Identifier: Apache-2.0
// process<>: the coroutine type of a process. Written as `dt::process<> serve(int port) { ... }` and started with
// spawn.
//
// A process is a plain function (or a lambda without captures): parameters by value, moved into it; whatever it needs,
// it is given. It ends when it returns (reason `normal`), when an exception leaves it, by `exit(reason)`, or by an exit
// signal; every destructor in it and in its tasks runs in each of these cases.
#pragma once

#include <dialtone/runtime/coroutine.hpp>

namespace dialtone {

template <class Result = void>
class process {
  static_assert(std::is_void_v<Result>,
                "dialtone: a process has no result: write process<>, and send what it has found, or return it from a "
                "task");
};

template <>
class [[nodiscard("a process must be started with spawn: calling its function does not run it")]] process<void> {
 public:
  class promise_type;

  process(process&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
  process& operator=(process&&) = delete;
  ~process() {
    if (frame_) frame_.destroy();
  }

  /// For spawn: gives the frame away.
  std::coroutine_handle<> release() && { return std::exchange(frame_, nullptr); }

 private:
  explicit process(std::coroutine_handle<> frame) : frame_{frame} {}
  std::coroutine_handle<> frame_;
};

class process<void>::promise_type : public detail::promise_base {
 public:
  process get_return_object() { return process{std::coroutine_handle<promise_type>::from_promise(*this)}; }
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void return_void() noexcept { detail::this_core->current->flags |= detail::finished; }
  void unhandled_exception() noexcept;
};

static_assert(alignof(process<>::promise_type) <= 16);

}  // namespace dialtone
