// SPDX-License-Identifier: Apache-2.0
// Where a listener takes connections from: an address of TCP, a Unix socket, a name in memory, or a socket that is open
// already. A small value, sendable, for everybody; nothing is opened before the listener starts.
//
//   dt::endpoint::tcp({.address = "127.0.0.1", .port = 4000})
//   dt::endpoint::local({.path = "/run/me/socket", .mode = 0660})
//   dt::endpoint::memory(network)
//   dt::endpoint::over(tls, {.address = where})               // any transport: its handshake comes before the handler
#pragma once

#include <memory>
#include <optional>

#include <dialtone/net/transport.hpp>

namespace dialtone {

namespace detail {
struct endpoint_data;
}

class endpoint {
 public:
  static endpoint tcp(tcp::listen_options options);
  static endpoint local(local::listen_options options);
  static endpoint memory(memory::network within, memory::listen_options options = {});
  static endpoint over(transport by, transport_listen_options options = {});

  /// Opens it; at the address that it had before, if one is given. In the process that shall own it.
  [[nodiscard("a listen must be awaited")]] task<std::expected<stream::listener, net_error>> listen(
      std::optional<socket_address> again = {}) const;
  /// Makes an accepted connection ready for its handler: the transport's handshake, then the option `active`, which
  /// it did not have so far, so that its messages come to who serves it.
  [[nodiscard("a handshake must be awaited")]] task<std::expected<stream::socket, net_error>> handshake(
      stream::socket accepted, duration limit) const;

 private:
  explicit endpoint(transport by, transport_listen_options options);

  std::shared_ptr<const detail::endpoint_data> data_;
};

template <>
inline constexpr bool enable_sendable<endpoint> = true;

}  // namespace dialtone
