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

#include <dialtone/net/adopt.hpp>
#include <dialtone/net/resolver.hpp>

namespace dialtone::tcp {

using stream::adopt;
using stream::adopt_listener;
using stream::closed;
using stream::data;
using stream::error;
using stream::http;
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
  std::string network_namespace = {};  ///< as connect_options
  socket_options connections = {};     ///< of those that are accepted
};

[[nodiscard("a listen must be awaited")]] task<std::expected<listener, net_error>> listen(listen_options options);

struct connect_options {
  std::string host;                                  ///< a name, or an address
  std::uint16_t port = 0;                            ///< of the host
  std::optional<socket_address> local_address = {};  ///< to come from; port 0: any
  std::string network_namespace = {};  ///< to be in, by its path, as /run/netns/blue; empty: the program's. A privilege
  std::optional<resolver> names = {};  ///< default_resolver(), which is the runtime's
  ip_families families = ip_families::any;                  ///< of the host's addresses that are tried
  duration attempt_delay = std::chrono::milliseconds{250};  ///< see connect
  duration limit = unlimited;                               ///< over all: the name, and every attempt
  socket_options connection = {};
};

/// Resolves the host and tries its addresses, both families in turn, until one answers: the next one when the one
/// before has failed, or has not answered within `attempt_delay` and goes on beside it (RFC 8305). The error is that of
/// the last attempt, names host and address, and keeps the others (net_error::earlier); or it is the resolver's.
/// A connect that is destroyed leaves nothing open. The first attempts of a name without a limit may wait for the
/// resolver as long as resolver::default_timeout.
[[nodiscard("a connect must be awaited")]] task<std::expected<socket, net_error>> connect(connect_options options);
[[nodiscard("a connect must be awaited")]] task<std::expected<socket, net_error>> connect(std::string host,
                                                                                          std::uint16_t port,
                                                                                          socket_options options = {},
                                                                                          duration limit = unlimited);
[[nodiscard("a connect must be awaited")]] task<std::expected<socket, net_error>> connect(socket_address address,
                                                                                          socket_options options = {},
                                                                                          duration limit = unlimited);

}  // namespace dialtone::tcp
