// SPDX-License-Identifier: Apache-2.0
// Several tasks of one process at once. They share the process: none is a process of its own, none runs in parallel.
//
//   auto [user, rooms] = co_await dt::all(load_user(id), load_rooms(id));         // std::tuple
//   auto first = co_await dt::race(read(socket), wait_for_stop());                // std::variant, by index
//   std::optional<dt::bytes> reply = co_await dt::with_deadline(5s, read(socket)); // empty: time is up
//
// Void results are std::monostate; with_deadline of a task<void> is a bool. The first exception ends `all` and `race`
// and is thrown here. What has not finished by then is destroyed, as by a kill. Tasks begin in the order of the
// arguments. Inside a process only; resumed by its own scheduler, before anything else of the process.
#pragma once

#include <exception>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include <dialtone/runtime/task.hpp>
#include <dialtone/runtime/thrown.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {

namespace detail {

/// What the branches of one combination report to; lives in the awaiting frame.
struct combination : plain_wait {
  combination(std::size_t needed) : needed{needed} {}
  /// A branch has finished, or failed.
  void arrive(const std::exception_ptr& thrown) {
    if (finished) return;
    if (thrown && !failure) failure = thrown;
    if (!thrown && --needed != 0) return;
    finished = true;
    // Before the other branches: one that is ready too must not take a message, or finish, after the end.
    if (process != nullptr) this_core->make_ready_next(*process, *this);
  }
  std::size_t needed;
  bool finished = false;
  promise_base* parent = nullptr;
  std::exception_ptr failure;
};

/// The coroutine around one task of a combination.
class branch {
 public:
  struct promise_type : promise_base {
    combination* to = nullptr;
    branch get_return_object() { return branch{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept { to->arrive(nullptr); }
    void unhandled_exception() noexcept { to->arrive(caught_exception()); }
  };

  branch(branch&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
  branch& operator=(branch&&) = delete;
  ~branch() {
    if (frame_) frame_.destroy();
  }
  void begin(combination& to) {
    frame_.promise().to = &to;
    frame_.resume();
  }
  promise_base& promise() { return frame_.promise(); }

 private:
  explicit branch(std::coroutine_handle<promise_type> frame) : frame_{frame} {}
  std::coroutine_handle<promise_type> frame_;
};

template <class Result>
using filled = std::conditional_t<std::is_void_v<Result>, std::monostate, Result>;

template <class Result>
branch run_branch(task<Result> work, std::optional<filled<Result>>* result) {
  if constexpr (std::is_void_v<Result>) {
    co_await work;
    result->emplace();
  } else {
    result->emplace(co_await work);
  }
}

template <class... Results>
class combined : public combination {
 public:
  combined(std::size_t needed, task<Results>... tasks) : combination{needed}, tasks_{std::move(tasks)...} {}
  ~combined() { end_branches(std::index_sequence_for<Results...>{}); }
  bool await_ready() { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    this_core->suspend(*this, coroutine);
    parent = &coroutine.promise();
    start(std::index_sequence_for<Results...>{});
  }

 protected:
  void end() {
    process = nullptr;
    if (parent != nullptr) parent->child = nullptr;
    end_branches(std::index_sequence_for<Results...>{});
    if (failure) std::rethrow_exception(failure);
  }
  std::tuple<std::optional<filled<Results>>...> results_;

 private:
  template <std::size_t... Index>
  void start(std::index_sequence<Index...>) {
    (start_one<Index>(), ...);
  }
  // The last one first: receives of the same type give back their messages in the order of arrival.
  template <std::size_t... Index>
  void end_branches(std::index_sequence<Index...>) {
    (std::get<sizeof...(Index) - 1 - Index>(branches_).reset(), ...);
  }
  template <std::size_t Index>
  void start_one() {
    if (finished) return;
    auto& place = std::get<Index>(branches_);
    place.emplace(run_branch(std::move(std::get<Index>(tasks_)), &std::get<Index>(results_)));
    if (parent->child == nullptr) parent->child = &place->promise();
    place->begin(*this);
  }

  template <class>
  using branch_of = std::optional<branch>;
  std::tuple<task<Results>...> tasks_;
  std::tuple<branch_of<Results>...> branches_;
};

template <class... Results>
struct all_awaiter : combined<Results...> {
  explicit all_awaiter(task<Results>... tasks) : combined<Results...>{sizeof...(Results), std::move(tasks)...} {}
  std::tuple<filled<Results>...> await_resume() {
    this->end();
    return std::apply([](auto&... results) { return std::tuple<filled<Results>...>{std::move(*results)...}; },
                      this->results_);
  }
};

template <class... Results>
struct race_awaiter : combined<Results...> {
  explicit race_awaiter(task<Results>... tasks) : combined<Results...>{1, std::move(tasks)...} {}
  std::variant<filled<Results>...> await_resume() {
    this->end();
    std::optional<std::variant<filled<Results>...>> first;
    take(first, std::index_sequence_for<Results...>{});
    return std::move(*first);
  }

 private:
  template <class First, std::size_t... Index>
  void take(First& first, std::index_sequence<Index...>) {
    (void)((std::get<Index>(this->results_).has_value() &&
            (first.emplace(std::in_place_index<Index>, std::move(*std::get<Index>(this->results_))), true)) ||
           ...);
  }
};

template <class Result>
class deadline_awaiter : public combined<Result> {
 public:
  deadline_awaiter(duration limit, task<Result> work) : combined<Result>{1, std::move(work)}, timer_{limit} {}
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    timer_.start(*this, [](waiter& waiting) { static_cast<deadline_awaiter&>(waiting).arrive(nullptr); });
    combined<Result>::await_suspend(coroutine);
  }
  auto await_resume() {
    this->end();
    auto& result = std::get<0>(this->results_);
    if constexpr (std::is_void_v<Result>)
      return result.has_value();
    else
      return std::move(result);
  }

 private:
  wait_timer timer_;
};

}  // namespace detail

/// Awaits every task.
template <class... Results>
[[nodiscard("all must be awaited")]] auto all(task<Results>... tasks) {
  static_assert(sizeof...(Results) > 0, "dialtone: all needs at least one task");
  return detail::all_awaiter<Results...>{std::move(tasks)...};
}

/// Awaits the first task that finishes.
template <class... Results>
[[nodiscard("race must be awaited")]] auto race(task<Results>... tasks) {
  static_assert(sizeof...(Results) > 0, "dialtone: race needs at least one task");
  return detail::race_awaiter<Results...>{std::move(tasks)...};
}

/// Awaits a task for at most `limit`, in ticks of a millisecond, rounded up.
template <class Result>
[[nodiscard("with_deadline must be awaited")]] auto with_deadline(duration limit, task<Result> work) {
  return detail::deadline_awaiter<Result>{limit, std::move(work)};
}

}  // namespace dialtone
