// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/sys.hpp>

#include <fmt/format.h>

#include <dialtone/runtime/coroutine.hpp>
#include <dialtone/runtime/thrown.hpp>

namespace dialtone {

namespace detail {

namespace {

/// Operation: a struct with a reply, a name, and a call operator that takes the behaviour.
template <class Operation>
struct system_signal : signal {
  using reply_type = typename Operation::reply;
  system_signal(pid caller, reply_to<reply_type> from, Operation operation);
  static void serve(behaviour& loop, signal& arrived) {
    auto& self = static_cast<system_signal&>(arrived);
    if constexpr (std::is_void_v<reply_type>) {
      self.operation(loop);
      if constexpr (Operation::replies) reply(self.from);
    } else {
      reply(self.from, self.operation(loop));
    }
  }
  static constexpr std::string_view name() { return Operation::name; }
  reply_to<reply_type> from;
  Operation operation;
};

template <class Operation>
constexpr signal_type system_type{nullptr,
                                  &destroy_signal<system_signal<Operation>>,
                                  sizeof(system_signal<Operation>),
                                  &system_signal<Operation>::name,
                                  nullptr,
                                  &system_signal<Operation>::serve,
                                  true};

// Not in its sender's name, so that no full mailbox refuses it: a server that is suspended could not be resumed.
template <class Operation>
system_signal<Operation>::system_signal(pid, reply_to<reply_type> from, Operation operation)
    : signal{&system_type<Operation>, {}, {}}, from{from}, operation{std::move(operation)} {}

/// Defaults of an operation.
template <class Reply>
struct operation_of {
  using reply = Reply;
  static constexpr bool replies = true;
};

struct stop_operation : operation_of<void> {
  static constexpr std::string_view name = "stop";
  static constexpr bool replies = false;  // the death of the server is the answer
  void operator()(behaviour& loop) { loop.stop(std::move(reason)); }
  exit_reason reason;
  explicit stop_operation(exit_reason reason) : reason{std::move(reason)} {}
};

template <class Operation>
task<typename Operation::reply> ask(pid server, Operation operation, duration limit) {
  auto outcome = co_await call_wait<typename Operation::reply>{std::type_identity<system_signal<Operation>>{}, server,
                                                               std::move(operation), limit};
  if (!outcome) throw call_failed{Operation::name, server, std::move(outcome).error()};
  if constexpr (!std::is_void_v<typename Operation::reply>) co_return std::move(*outcome);
}

}  // namespace

stop_wait::stop_wait(pid server, exit_reason reason, duration limit)
    : call_wait<void>{std::type_identity<system_signal<stop_operation>>{}, server, stop_operation{reason}, limit},
      reason_{std::move(reason)} {}

void stop_wait::await_resume() {
  auto outcome = call_wait<void>::await_resume();
  if (outcome || outcome.error() == reason_) return;
  throw call_failed{"stop", server, std::move(outcome).error()};
}

}  // namespace detail

namespace sys {

namespace {

using detail::behaviour;
using detail::operation_of;

// As in OTP, who looks at a server does not end it.
std::string state_of(const behaviour& loop) {
  try {
    return loop.type().state(loop.self());
  } catch (const exit_unwind&) {
    throw;
  } catch (...) {
    return fmt::format("format_status has failed: {}", detail::thrown{}.in_words());
  }
}

struct get_state_operation : operation_of<std::string> {
  static constexpr std::string_view name = "sys::get_state";
  std::string operator()(behaviour& loop) const { return state_of(loop); }
};

struct get_status_operation : operation_of<status> {
  static constexpr std::string_view name = "sys::get_status";
  status operator()(behaviour& loop) const {
    return {std::string{loop.type().name}, dialtone::self(), loop.parent(), loop.is_suspended(), state_of(loop)};
  }
};

struct suspend_operation : operation_of<void> {
  static constexpr std::string_view name = "sys::suspend";
  bool suspended;
  explicit suspend_operation(bool suspended) : suspended{suspended} {}
  void operator()(behaviour& loop) const { loop.suspend(suspended); }
};

/// Changes what is watched, and drops the record when nothing is any longer.
template <class Value, void (detail::behaviour_debug::*Set)(Value)>
struct debug_operation : operation_of<void> {
  static constexpr std::string_view name = "sys::debug";
  Value value;
  explicit debug_operation(Value value) : value{value} {}
  void operator()(behaviour& loop) const {
    (loop.debug().*Set)(value);
    loop.forget_debug_if_idle();
  }
};
using count_operation = debug_operation<bool, &detail::behaviour_debug::count>;
using trace_operation = debug_operation<bool, &detail::behaviour_debug::trace>;
using keep_operation = debug_operation<std::size_t, &detail::behaviour_debug::keep>;

struct no_debug_operation : operation_of<void> {
  static constexpr std::string_view name = "sys::no_debug";
  void operator()(behaviour& loop) const { loop.forget_debug(); }
};

struct get_statistics_operation : operation_of<std::optional<statistics>> {
  static constexpr std::string_view name = "sys::get_statistics";
  std::optional<statistics> operator()(behaviour& loop) const {
    return loop.is_watched() ? loop.debug().statistics() : std::nullopt;
  }
};

struct get_log_operation : operation_of<std::vector<std::string>> {
  static constexpr std::string_view name = "sys::get_log";
  std::vector<std::string> operator()(behaviour& loop) const {
    return loop.is_watched() ? loop.debug().kept() : std::vector<std::string>{};
  }
};

}  // namespace

task<std::string> get_state(pid server, duration limit) { return detail::ask(server, get_state_operation{}, limit); }
task<status> get_status(pid server, duration limit) { return detail::ask(server, get_status_operation{}, limit); }
task<> suspend(pid server, duration limit) { return detail::ask(server, suspend_operation{true}, limit); }
task<> resume(pid server, duration limit) { return detail::ask(server, suspend_operation{false}, limit); }
task<> count(pid server, bool on, duration limit) { return detail::ask(server, count_operation{on}, limit); }
task<std::optional<statistics>> get_statistics(pid server, duration limit) {
  return detail::ask(server, get_statistics_operation{}, limit);
}
task<> keep_log(pid server, std::size_t events, duration limit) {
  return detail::ask(server, keep_operation{events}, limit);
}
task<std::vector<std::string>> get_log(pid server, duration limit) {
  return detail::ask(server, get_log_operation{}, limit);
}
task<> trace(pid server, bool on, duration limit) { return detail::ask(server, trace_operation{on}, limit); }
task<> no_debug(pid server, duration limit) { return detail::ask(server, no_debug_operation{}, limit); }

task<> terminate(pid server, exit_reason reason, duration limit) {
  co_await detail::stop_wait{server, std::move(reason), limit};
}

}  // namespace sys

namespace detail {

namespace {

/// Why it has failed, if it has: as in OTP that is the caller's, and the server goes on.
struct change_operation : operation_of<std::optional<exit_reason>> {
  static constexpr std::string_view name = "sys::replace_state";
  const behaviour_type* type;
  void (*call)(void* self, void (*change)());
  void (*change)();
  std::optional<exit_reason> operator()(behaviour& loop) const {
    if (&loop.type() != type) return exit_reason::custom_text("it is of another class");
    try {
      call(loop.self(), change);
    } catch (const exit_unwind&) {
      throw;
    } catch (...) {
      return reason_of_current_exception();
    }
    return std::nullopt;
  }
};

}  // namespace

task<> change_state(pid server, const behaviour_type* type, void (*call)(void* self, void (*change)()),
                    void (*change)(), duration limit) {
  auto failure = co_await ask(server, change_operation{{}, type, call, change}, limit);
  if (failure) throw call_failed{change_operation::name, server, *failure};
}

}  // namespace detail

}  // namespace dialtone
