// SPDX-License-Identifier: Apache-2.0
// TCP with the semantics of gen_tcp: how its sockets and listeners are made. What they do then, and from where they may
// be used, is in stream.hpp.
//
//   auto listener = co_await dt::tcp::listen({.address = "127.0.0.1", .port = 4000});
//   auto socket = co_await listener->accept();                        // the caller owns it
//   while (auto data = co_await socket->recv()) co_await socket->send(*data);
//
//   auto socket = co_await dt::tcp::connect("localhost", 4000, {.packet = dt::packet::line}, 5s);
//   socket->setopts({.active = dt::active::once});
//   auto line = co_await dt::receive<dt::tcp::data>();
//
// Inside a process only; each wait is resumed by its scheduler.
#pragma once

#include <string>

#include <dialtone/net/stream.hpp>

namespace dialtone::tcp {

using stream::closed;
using stream::data;
using stream::error;
using stream::listener;
using stream::passive;
using stream::socket;
using stream::unlimited;

struct listen_options {
  std::string address = "::";  ///< of an interface, or all of them; v4 as well unless v6_only
  std::uint16_t port = 0;      ///< 0: any free one, see local_address
  int backlog = 1024;          ///< connections that wait for an accept; the system may allow fewer (somaxconn)
  bool reuse_address = true;
  bool reuse_port = false;
  bool v6_only = false;
  socket_options connections = {};  ///< of those that are accepted
};

[[nodiscard("a listen must be awaited")]] task<std::expected<listener, net_error>> listen(listen_options options);

/// Tries each address of the host in turn until one answers, all within `limit`.
[[nodiscard("a connect must be awaited")]] task<std::expected<socket, net_error>> connect(std::string host,
                                                                                          std::uint16_t port,
                                                                                          socket_options options = {},
                                                                                          duration limit = unlimited);
task<std::expected<socket, net_error>> connect(socket_address address, socket_options options = {},
                                               duration limit = unlimited);

}  // namespace dialtone::tcp
