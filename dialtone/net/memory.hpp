// SPDX-License-Identifier: Apache-2.0
// Stream sockets in memory: for tests of what speaks over a stream, and between parts of one program. How they are
// made; what they do then, which is what TCP's do, is in stream.hpp.
//
//   auto [client, server] = *dt::memory::pair();                                  // connected, without addresses
//
//   dt::memory::network network;                                                  // with addresses of its own
//   auto listener = co_await dt::memory::listen(network);
//   auto socket = co_await dt::memory::connect(network, listener->local_address());
//
//   dt::runtime rt{{.make_driver = network.drivers()}};                           // there tcp and local are in it
//
// Nothing is lost and nothing is late; each direction holds 208 KiB, then who sends waits. The ends of a connection may
// be on different schedulers. Options of the kernel mean nothing. Inside a process only, but for the network, which is
// for any thread; each wait is resumed by its scheduler.
#pragma once

#include <functional>
#include <memory>

#include <dialtone/io/memory_driver.hpp>
#include <dialtone/net/stream.hpp>

namespace dialtone::memory {

using stream::closed;
using stream::data;
using stream::error;
using stream::http;
using stream::listener;
using stream::passive;
using stream::socket;
using stream::unlimited;

/// A small value that names a network; copies name the same one. It is there as long as anybody knows it.
class network {
 public:
  network() : shared_{std::make_shared<io::memory_network>()} {}

  /// For runtime_options::make_driver: every socket of that runtime is in this network, none at the kernel.
  std::function<std::unique_ptr<io::driver>()> drivers() const;
  const std::shared_ptr<io::memory_network>& shared() const { return shared_; }
  friend bool operator==(const network&, const network&) = default;

 private:
  std::shared_ptr<io::memory_network> shared_;
};

struct listen_options {
  socket_address address = {};      ///< any, also a Unix name; of port 0 a free one is chosen, see local_address
  int backlog = 1024;               ///< connections that wait for an accept, at most 4096; more wait to be connected
  socket_options connections = {};  ///< of those that are accepted
};

[[nodiscard("a listen must be awaited")]] task<std::expected<listener, net_error>> listen(network within,
                                                                                          listen_options options = {});

/// ECONNREFUSED: nobody listens there.
[[nodiscard("a connect must be awaited")]] task<std::expected<socket, net_error>> connect(network within,
                                                                                          socket_address address,
                                                                                          socket_options options = {},
                                                                                          duration limit = unlimited);

/// Two ends of a connection, both of which the caller owns.
struct ends {
  socket one;
  socket other;
};
/// An error only for options that are wrong.
std::expected<ends, net_error> pair(const socket_options& one = {}, const socket_options& other = {});

}  // namespace dialtone::memory

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::memory::network> = true;
