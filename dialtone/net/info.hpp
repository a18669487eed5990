// SPDX-License-Identifier: Apache-2.0
// The sockets of the runtime, as inet:i() lists them. Inside a process; from outside, runtime::call(dt::net::info).
//
//   fmt::print("{}", to_string(co_await dt::net::info()));
//
//   owner    state      local           foreign          mode     packet  received  sent  unsent  waiting
//   <0.2.0>  listening  127.0.0.1:4000  -                -        -              -     -       -        1
//   <0.5.0>  connected  127.0.0.1:4000  127.0.0.1:40996  passive  line          65    65       0        1
#pragma once

#include <vector>

#include <dialtone/net/socket_info.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::net {

/// Each scheduler's as of the time when it answers, between two of its slices: some 2 µs for each socket, for the
/// kernel is asked for the addresses. None of a scheduler that does not answer within five seconds; one that moves
/// meanwhile may be missing, or there twice. Resumed by the caller's scheduler.
task<std::vector<socket_info>> info();

/// A table with a head. `waiting` are readers and senders, received and sent are bytes.
std::string to_string(const std::vector<socket_info>& sockets);

}  // namespace dialtone::net
