// SPDX-License-Identifier: Apache-2.0
// What the static and the dynamic supervisor have in common: how they are started and asked, and when a child of
// theirs is started again. Not for users.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <dialtone/otp/child_spec.hpp>
#include <dialtone/otp/gen_server.hpp>
#include <dialtone/runtime/telemetry_event.hpp>

namespace dialtone::detail {

/// Whether a child that has ended by itself is started again.
bool starts_again(const child_spec& child, const exit_reason& reason);

/// Starts a child. As in OTP, a start function that throws (by an argument's copy, say) has failed: the supervisor
/// itself goes on. What it is given is not looked at any more when this returns.
task<std::expected<pid, start_error>> try_start_child(const child_spec& child, const spawn_options& options);

/// A telemetry event of the calling supervisor (supervisor_events.hpp).
void tell(const telemetry::event& what, const child_spec& child, pid process, const exit_reason* reason = nullptr);

/// A line in the log: `child` would be one restart too many. `who` names the kind of supervisor.
void log_intensity_reached(std::string_view who, const child_spec& child, std::size_t intensity, duration period);
void log_failed_start(std::string_view who, const child_spec& child, const start_error& error);

/// Starts a supervisor of class `Server`, linked, if its specification has passed its check.
template <class Server, class Spec>
task<std::expected<pid, start_error>> start_supervisor(std::expected<void, std::string> checked, spawn_options options,
                                                       Spec spec) {
  if (!checked)
    co_return std::unexpected{start_error::because(exit_reason::custom_text("bad supervisor: " + checked.error()))};
  co_return co_await pid_or_error(start_server<Server>({.link = true}, std::move(options), std::move(spec)));
}

/// The started one as `Ref`, or start_failed is thrown.
template <class Ref>
task<Ref> ref_or_throw(task<std::expected<Ref, start_error>> start) {
  auto started = co_await start;
  if (!started) throw start_failed{std::move(started).error()};
  co_return *started;
}
template <class Ref>
task<std::expected<Ref, start_error>> ref_or_error(task<std::expected<pid, start_error>> start) {
  auto started = co_await start;
  if (!started) co_return std::unexpected{std::move(started).error()};
  co_return Ref{*started};
}

/// Waits for as long as it takes: a supervisor may be busy with ends and starts.
template <class Server, class Request>
task<typename Request::reply> ask_supervisor(pid supervisor, Request request) {
  co_return co_await server<Server>{supervisor}.call(std::move(request), infinity);
}

}  // namespace dialtone::detail
