// SPDX-License-Identifier: Apache-2.0
// The other side of daytime servers, anybody's. Inside a process only.
//
//   auto socket = co_await over.connect(server);
//   auto answer = co_await dt::daytime::ask(*socket, 5s);                  // "2026-11-22T07:31:05Z\r\n"
//   auto time = dt::daytime::decode(answer->view());                       // of ours
#pragma once

#include <dialtone/net/stream.hpp>
#include <dialtone/net/udp.hpp>
#include <dialtone/protocols/daytime/protocol.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::daytime {

/// What the server says until it closes; then the socket, which is passive and raw, is closed too. The limit is for all
/// of it. More than answer_limit is message_too_long; nothing at all is `closed`.
task<std::expected<bytes, net_error>> ask(stream::socket socket, duration limit = stream::unlimited);

/// Sends an empty datagram and returns the first that comes from there. A datagram may be lost: say a limit, and ask
/// again.
task<std::expected<bytes, net_error>> ask_udp(udp::socket socket, socket_address server,
                                              duration limit = udp::unlimited);

}  // namespace dialtone::daytime
