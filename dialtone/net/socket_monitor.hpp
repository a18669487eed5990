// SPDX-License-Identifier: Apache-2.0
// Monitors of sockets (inet:monitor): a process is told once when a socket has closed, wherever that lives by then. The
// monitor belongs to the process, and ends with it. Inside a process only.
//
//   dt::reference watch = socket.monitor();                       // or dt::net::monitor(socket.name())
//   auto gone = co_await dt::receive<dt::net::socket_down>();     // gone.reference == watch
//
// A socket closes by close(), with its owner, or with its runtime (which tells nobody). The end of the peer's data
// closes one that is active and has told it, with exit_on_close; any other its owner closes.
#pragma once

#include <dialtone/base/enable_sendable.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone::net {

/// The message of a monitor, before the owner's own `down` for processes of the socket's scheduler.
struct socket_down {
  dialtone::reference reference;
  dialtone::reference socket;  ///< its name()
  exit_reason reason;          ///< normal: by close(); the owner's; noproc: it had closed before, or never was
};

/// Each call is a monitor of its own.
[[nodiscard("without its reference a monitor cannot be told from others, nor ended")]] reference monitor(
    reference socket);
/// Ends a monitor of the caller's: no message comes after it. False when there was none (it has fired, or was ended).
bool demonitor(reference name, demonitor_mode mode = demonitor_mode::keep);

}  // namespace dialtone::net

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::net::socket_down> = true;
