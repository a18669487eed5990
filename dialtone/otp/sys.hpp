// SPDX-License-Identifier: Apache-2.0
// Looking into a running behaviour, and holding it, as OTP's sys does: any gen_server, gen_statem or supervisor obeys,
// also while it is suspended. Each operation is a call: it throws call_failed when there is no answer within its limit,
// which is what happens with a process that is no behaviour. No full mailbox refuses one.
//
//   std::string state = co_await dt::sys::get_state(server.pid());
//   co_await dt::sys::trace(server.pid(), true);                       // each event is a line in the log
//
// Inside a process only; resumed by the caller's scheduler.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <dialtone/otp/call.hpp>
#include <dialtone/otp/server.hpp>

namespace dialtone::sys {

struct status {
  std::string behaviour;  ///< the name of the class
  dialtone::pid pid;
  dialtone::pid parent;
  bool suspended = false;
  std::string state;
};

/// What the server's format_status() says, or that it has thrown, and what.
task<std::string> get_state(pid server, duration limit = default_call_timeout);
task<status> get_status(pid server, duration limit = default_call_timeout);

/// From now on it obeys the operations of this header, and its parent's end, only; all else waits in its mailbox, which
/// stays bounded, and its time limit begins anew when it is resumed. Twice is once.
task<> suspend(pid server, duration limit = default_call_timeout);
task<> resume(pid server, duration limit = default_call_timeout);

/// Counts messages, replies and reductions from now on; false: no longer.
task<> count(pid server, bool on, duration limit = default_call_timeout);
/// Empty if they are not counted.
task<std::optional<statistics>> get_statistics(pid server, duration limit = default_call_timeout);

/// Keeps the texts of the last `events` messages and replies, at most log_limit; zero: none.
task<> keep_log(pid server, std::size_t events, duration limit = default_call_timeout);
task<std::vector<std::string>> get_log(pid server, duration limit = default_call_timeout);

/// Writes each message and reply to the runtime's log, at the level `info`.
task<> trace(pid server, bool on, duration limit = default_call_timeout);

/// Switches off whatever of count, keep_log and trace is on.
task<> no_debug(pid server, duration limit = default_call_timeout);

/// Ends it as server::stop.
task<> terminate(pid server, exit_reason reason, duration limit = default_call_timeout);

}  // namespace dialtone::sys

namespace dialtone::detail {

/// Calls `change` with the server's object, between two messages.
task<> change_state(pid server, const behaviour_type* type, void (*call)(void* self, void (*change)()),
                    void (*change)(), duration limit);

}  // namespace dialtone::detail

namespace dialtone::sys {

/// Lets a plain function change the state between two messages: for repairs, and for tests. An exception of its own is
/// the reason of the caller's call_failed; the server goes on, with what it has changed by then.
template <class Server>
task<> replace_state(server<Server> changed, std::type_identity_t<void (*)(Server&)> change,
                     duration limit = default_call_timeout) {
  auto call = [](void* self, void (*erased)()) {
    reinterpret_cast<void (*)(Server&)>(erased)(*static_cast<Server*>(self));
  };
  return detail::change_state(changed.pid(), &detail::server_type<Server>, call, reinterpret_cast<void (*)()>(change),
                              limit);
}

}  // namespace dialtone::sys
