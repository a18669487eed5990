// SPDX-License-Identifier: Apache-2.0
// Unix sockets (unix(7)), as gen_tcp has them under `local`: how their listeners and connections are made. What they do
// then, and from where they may be used, is in stream.hpp. (The obvious name of this namespace is a macro of GNU's
// dialect.)
//
//   auto listener = co_await dt::local::listen({.path = "/run/me/socket", .mode = 0660});
//   auto socket = co_await dt::local::connect("/run/me/socket");
//   auto who = dt::local::peer_credentials(*socket);
//
// A path is one of the file system, of at most 107 bytes; "@name" is an abstract name, for which there is no file and
// which everybody in the network namespace may connect to. Options of TCP (nodelay, congestion_control) mean nothing
// here and are passed over. Inside a process only; each wait is resumed by its scheduler.
#pragma once

#include <cstdint>
#include <string>

#include <dialtone/net/adopt.hpp>

namespace dialtone::local {

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
  std::string path = {};                   ///< empty: an abstract name that the system finds, see local_address
  std::optional<std::uint32_t> mode = {};  ///< of the file: who may write may connect; as the umask says
  int backlog = 1024;                      ///< as of TCP
  socket_options connections = {};         ///< of those that are accepted
};

/// The file at the path is removed first when it is the socket of a program that is gone; a file of another kind, or
/// one whose socket lives, is EADDRINUSE, after half a second: as long the kernel may need for a program that was
/// killed. It is removed with the listener, unless a successor has replaced it.
[[nodiscard("a listen must be awaited")]] task<std::expected<listener, net_error>> listen(listen_options options);

/// ENOENT: no such file; ECONNREFUSED: nobody listens. Waits while the listener's backlog is full.
[[nodiscard("a connect must be awaited")]] task<std::expected<socket, net_error>> connect(std::string path,
                                                                                          socket_options options = {},
                                                                                          duration limit = unlimited);

/// Who the peer was when it connected, or began to listen (SO_PEERCRED), which the kernel vouches for.
struct credentials {
  std::int32_t process = 0;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  friend bool operator==(const credentials&, const credentials&) = default;
};
/// Of a Unix socket only; another has ENOPROTOOPT, or no process.
std::expected<credentials, net_error> peer_credentials(socket of);

}  // namespace dialtone::local
