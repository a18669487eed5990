// SPDX-License-Identifier: Apache-2.0
// blocking(f): runs a function that blocks on a thread of its own, while the scheduler goes on with other processes.
//
//   std::string text = co_await dt::blocking([path] { return read_file(path); });
//
// What `f` throws is thrown here. Too many functions waiting for a thread (runtime_options::blocking_queue_limit)
// throws `blocking_overloaded`, a pool that cannot start its first thread std::system_error. Process functions may not
// be called in `f`, nor may the runtime be stopped there. A process that is killed meanwhile is dead to all others at
// once; its frame is destroyed when `f` has returned, so `f` may refer to the frame's variables. As the loser of a race
// only the await is destroyed: there `f` must own what it uses. Resumed by the caller's scheduler. At most
// runtime_options::blocking_threads functions run at once; what has not begun when the runtime stops never does.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <dialtone/runtime/blocking_pool.hpp>
#include <dialtone/runtime/core.hpp>
#include <dialtone/runtime/thrown.hpp>
#include <dialtone/runtime/timer_wheel.hpp>

namespace dialtone {

/// As many functions wait for a thread as may.
class blocking_overloaded : public std::runtime_error {
 public:
  blocking_overloaded();
};

namespace detail {

struct blocking_wait;
struct blocking_work;

/// Stands for the time that a job takes where there are no threads (runtime_options::blocking_cost).
struct blocking_delay : timer_node {
  explicit blocking_delay(blocking_work& work) : timer_node{&over}, work{work} {}
  ~blocking_delay();
  static void over(timer_node& node) noexcept;
  blocking_work& work;
};

/// The job, its result, and the signal that brings it home. Owned by the pool until then, by its waiter afterwards.
struct blocking_work : blocking_job, signal {
  explicit blocking_work(const signal_type* type) : signal{type, {}, {}} {}
  scheduler* home = nullptr;
  process_block* process = nullptr;
  blocking_wait* waiting = nullptr;  // null: nobody wants the result any more
  std::exception_ptr failure;
  std::unique_ptr<blocking_delay> delay;  // null: it runs at once, or on a thread
};

struct blocking_wait : waiter {
  ~blocking_wait();
  bool await_ready() { return !calling_core().in_process(); }
  void start(blocking_work& begun, std::coroutine_handle<> coroutine);

  blocking_work* work = nullptr;
  bool running = false;
};

void bring_home(blocking_work& work);
void handle_returned(scheduler& home, process_block*, signal* taken);

template <class Function>
struct blocking_work_of : blocking_work {
  using result_type = std::invoke_result_t<Function&>;
  explicit blocking_work_of(Function f);

  static void call(blocking_job& job, bool cancelled) {
    auto& self = static_cast<blocking_work_of&>(job);
    try {
      if (cancelled) throw std::runtime_error{"the runtime has stopped"};
      if constexpr (std::is_void_v<result_type>)
        self.f();
      else
        self.result.emplace(self.f());
    } catch (...) {
      self.failure = caught_exception();
    }
    bring_home(self);
  }

  Function f;
  std::conditional_t<std::is_void_v<result_type>, std::monostate, std::optional<result_type>> result;
};

template <class Work>
inline constexpr signal_type blocking_type{&handle_returned, &destroy_signal<Work>, sizeof(Work), &type_name<Work>};

template <class Function>
blocking_work_of<Function>::blocking_work_of(Function f)
    : blocking_work{&blocking_type<blocking_work_of>}, f{std::move(f)} {
  run = &call;
}

template <class Function>
class blocking_awaiter : public blocking_wait {
 public:
  explicit blocking_awaiter(Function f) : f_{std::move(f)} {}
  void await_suspend(std::coroutine_handle<> coroutine) {
    start(*make_signal<blocking_work_of<Function>>(std::move(f_)), coroutine);
  }
  auto await_resume() {
    process = nullptr;
    auto& done = static_cast<blocking_work_of<Function>&>(*work);
    if (done.failure) std::rethrow_exception(done.failure);
    if constexpr (!std::is_void_v<typename blocking_work_of<Function>::result_type>) return std::move(*done.result);
  }

 private:
  Function f_;
};

}  // namespace detail

template <std::invocable Function>
[[nodiscard("blocking work does nothing until it is awaited")]] auto blocking(Function f) {
  return detail::blocking_awaiter<Function>{std::move(f)};
}

}  // namespace dialtone
