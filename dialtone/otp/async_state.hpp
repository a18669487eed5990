// SPDX-License-Identifier: Apache-2.0
// What an async task is to its owner: the place for its result, the watch over its process, and the waits for both. For
// the headers of async only; touched by the owner alone.
#pragma once

#include <expected>
#include <optional>
#include <vector>

#include <dialtone/otp/async_function.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone::detail {

class async_group;

/// The owner's side of one async task. It stays where it is while it lives.
struct async_state : pending_reply_base {
  async_state();
  /// Its process has been started: its death is the failure from now on.
  void began(pid started);
  /// Asserts that the caller may ask for the result.
  void check_owner() const;
  /// Nothing comes any more: whoever asks later gets `noproc`.
  void give_up();
  /// As Elixir's Task.ignore.
  void let_go();
  /// Unlinks its process and kills it.
  void kill();
  exit_reason why() const { return taken ? exit_reason{exit_reason::noproc} : *failure; }

  pid owner;
  pid process;  // none: the result was there from the beginning
  bool taken = false;
  bool ended_as_told = false;  // without a result, by its owner's wish
  async_group* group = nullptr;
};

template <class Result>
using async_outcome = std::expected<Result, exit_reason>;

template <class Result>
async_outcome<Result> value_of_reply(pending_reply_base& completed) {
  if constexpr (std::is_void_v<Result>)
    return {};
  else
    return std::move(static_cast<reply_signal<Result>*>(completed.arrived)->value);
}

/// The outcome of a state that is complete; once.
template <class Result>
async_outcome<Result> take_outcome(async_state& state) {
  if (state.taken || state.arrived == nullptr) {
    exit_reason why = state.why();
    state.give_up();
    return std::unexpected{std::move(why)};
  }
  state.give_up();
  return value_of_reply<Result>(state);
}

/// Waits until a reply is there, or its server dead, or time is up, which leaves the reply as it is.
class async_wait : public plain_wait {
 public:
  async_wait(pending_reply_base& pending, duration limit);
  ~async_wait();
  bool await_ready() { return needs_no_wait() && this_core->may_continue(); }
  void await_suspend(std::coroutine_handle<> coroutine);

 private:
  bool needs_no_wait() const { return pending_.complete() || timer_.limit <= duration::zero(); }
  static void time_is_up(waiter& waiting);

  pending_reply_base& pending_;
  wait_timer timer_;
};

/// Waits until all the states of a group are complete, or one of them has failed, or time is up. In O(1) for each
/// result that comes, however many there are.
class async_group : public plain_wait {
 public:
  enum class failures : std::uint8_t { are_results, end_the_wait };
  async_group(std::vector<async_state*> members, duration limit, failures what);
  ~async_group();
  bool await_ready() { return (over() || timer_.limit <= duration::zero()) && this_core->may_continue(); }
  void await_suspend(std::coroutine_handle<> coroutine);
  /// All are complete, or one has failed.
  bool over() const { return left_ == 0 || failed_ != nullptr; }
  /// The first that failed, where that ends the wait.
  async_state* failed() const { return failed_; }

 private:
  void count(async_state& member);
  static void completed(pending_reply_base& pending);
  static void time_is_up(waiter& waiting);

  std::vector<async_state*> members_;
  std::size_t left_ = 0;
  async_state* failed_ = nullptr;
  failures what_;
  bool waiting_ = false;
  wait_timer timer_;
};

/// Sends `kill` in the name of `by`; also where no process runs, as in a timer.
void kill_for(pid by, pid process);

/// Ends the task's process and waits for its death: `shutdown`, then `kill` when `limit` is over; or `kill` at once.
/// Its reason; none when there is a result to be taken.
task<std::optional<exit_reason>> end_process(async_state* state, duration limit);

/// Whether a process that was told to stop has done just that.
bool stopped_as_told(const exit_reason& reason, duration limit);

/// Task.shutdown: empty when the process has ended as it was told, without a result.
template <class Result>
task<std::optional<async_outcome<Result>>> end_async(async_state* state, duration limit) {
  std::optional<exit_reason> end = co_await end_process(state, limit);
  if (!end) co_return take_outcome<Result>(*state);
  state->give_up();
  if (stopped_as_told(*end, limit)) co_return std::nullopt;
  co_return std::unexpected{std::move(*end)};
}

}  // namespace dialtone::detail
