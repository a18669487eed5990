// SPDX-License-Identifier: Apache-2.0
// task<T>: a coroutine inside a process, for what is too long for one function. Lazy: it begins when it is awaited,
// runs in the awaiting process, and is destroyed with its task object, wherever it is suspended. An exception goes to
// the awaiter.
//
//   dt::task<int> length(dt::tcp::socket socket) { ... co_return n; }
//   int n = co_await length(socket);
#pragma once

#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include <dialtone/runtime/coroutine.hpp>
#include <dialtone/runtime/thrown.hpp>

namespace dialtone {

template <class Result = void>
class task;

namespace detail {

struct task_promise_base : promise_base {
  promise_base* parent = nullptr;
  std::exception_ptr failure;

  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
      task_promise_base& promise = done.promise();
      promise.parent->child = nullptr;
      return handle_of(*promise.parent);
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  final_awaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {
    note_unwinding(place);
    failure = caught_exception();
  }
};

template <class Result>
struct task_promise : task_promise_base {
  std::optional<Result> result;
  task<Result> get_return_object();
  template <class Value>
  void return_value(Value&& value) {
    static_assert(std::is_constructible_v<Result, Value>,
                  "dialtone: what is returned from a task does not convert to its result");
    if constexpr (std::is_constructible_v<Result, Value>) result.emplace(std::forward<Value>(value));
  }
  Result take() { return std::move(*result); }
};

template <>
struct task_promise<void> : task_promise_base {
  task<void> get_return_object();
  void return_void() noexcept {}
  void take() noexcept {}
};

}  // namespace detail

template <class Result>
class [[nodiscard("a task does nothing until it is awaited")]] task : public detail::awaitable_base {
 public:
  using promise_type = detail::task_promise<Result>;
  using result_type = Result;

  task(task&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
  task& operator=(task&&) = delete;
  ~task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept {
    DIALTONE_ASSERT(frame_ && !frame_.done(), "a task is awaited once");
    return false;
  }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    static_assert(alignof(Promise) <= 16 && alignof(promise_type) <= 16,
                  "dialtone: the result of a task may not be aligned to more than 16 bytes");
    detail::promise_base& parent = awaiting.promise();
    frame_.promise().parent = &parent;
    parent.child = &frame_.promise();
    // A recursion that nothing else stops ends here, when it has reached the memory limit.
    if (detail::this_core->current->has(detail::doomed)) [[unlikely]]
      return std::noop_coroutine();
    return frame_;
  }
  Result await_resume() {
    if (frame_.promise().failure) std::rethrow_exception(std::move(frame_.promise().failure));
    return frame_.promise().take();
  }

 private:
  friend promise_type;
  explicit task(std::coroutine_handle<promise_type> frame) : frame_{frame} {}
  std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <class Type>
inline constexpr bool is_task = false;
template <class Result>
inline constexpr bool is_task<task<Result>> = true;

}  // namespace detail

template <class Result>
task<Result> detail::task_promise<Result>::get_return_object() {
  return task<Result>{std::coroutine_handle<task_promise>::from_promise(*this)};
}

inline task<void> detail::task_promise<void>::get_return_object() {
  return task<void>{std::coroutine_handle<task_promise>::from_promise(*this)};
}

}  // namespace dialtone
