// SPDX-License-Identifier: Apache-2.0
// What an owner awaits of an async task: its result, or nothing yet. Part of async.hpp, which users include.
#pragma once

#include <dialtone/otp/async_state.hpp>

namespace dialtone {

/// How long an owner waits when nothing else is said, as in Elixir.
inline constexpr duration default_await_timeout = std::chrono::seconds{5};

/// An await without a result. Uncaught, it ends the owner with the reason of the task, or `timeout`; where a task has
/// ended normally without a result, with a custom reason that says so.
class await_failed : public exit_exception {
 public:
  explicit await_failed(exit_reason why);
  /// Of the task.
  const exit_reason& why() const { return why_; }

 private:
  exit_reason why_;
};

namespace detail {

template <class Result>
class async_await : public async_wait {
 public:
  async_await(async_state& state, duration limit) : async_wait{state, limit}, state_{state} {}
  Result await_resume() {
    process = nullptr;
    if (!state_.complete()) {
      state_.give_up();
      throw await_failed{exit_reason::timeout};
    }
    auto outcome = take_outcome<Result>(state_);
    if (!outcome) throw await_failed{std::move(outcome).error()};
    if constexpr (!std::is_void_v<Result>) return std::move(*outcome);
  }

 private:
  async_state& state_;
};

template <class Result>
class async_yield : public async_wait {
 public:
  async_yield(async_state& state, duration limit) : async_wait{state, limit}, state_{state} {}
  std::optional<async_outcome<Result>> await_resume() {
    process = nullptr;
    if (!state_.complete()) return std::nullopt;
    return take_outcome<Result>(state_);
  }

 private:
  async_state& state_;
};

}  // namespace detail

}  // namespace dialtone
