// SPDX-License-Identifier: Apache-2.0
// Where a listener takes connections from: an address of TCP, a Unix socket, a name in memory, or a socket that is open
// already. A small value, sendable, for everybody; nothing is opened before the listener starts.
//
//   dt::endpoint::tcp({.address = "127.0.0.1", .port = 4000})
//   dt::endpoint::local({.path = "/run/me/socket", .mode = 0660})
//   dt::endpoint::memory(network)
//   dt::endpoint::over(tls, {.address = where})               // any transport: its handshake comes before the handler
//   dt::endpoint::activated("web")                            // what systemd passes to the program
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

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
  /// A TCP or Unix socket that listens already; the descriptor is the endpoint's from now on, and its last copy closes
  /// it. It stays open meanwhile: a listener that is suspended leaves who connects in the backlog.
  static endpoint adopted(int descriptor, socket_options connections = {});
  /// Those that a service manager has passed to this program under a name (sd_listen_fds(3), FileDescriptorName=); all
  /// of them without one. None: it has not. They stay open for the program, which may ask again.
  static std::vector<endpoint> activated(std::string_view name = {}, const socket_options& connections = {});

  /// Opens it; at the address that it had before, if one is given. In the process that shall own it.
  [[nodiscard("a listen must be awaited")]] task<std::expected<stream::listener, net_error>> listen(
      std::optional<socket_address> again = {}) const;
  /// Makes an accepted connection ready for its handler: the transport's handshake, then the option `active`, which
  /// it did not have so far, so that its messages come to who serves it.
  [[nodiscard("a handshake must be awaited")]] task<std::expected<stream::socket, net_error>> handshake(
      stream::socket accepted, duration limit) const;

 private:
  endpoint(transport by, transport_listen_options options, std::optional<int> descriptor = {});

  std::shared_ptr<const detail::endpoint_data> data_;
};

template <>
inline constexpr bool enable_sendable<endpoint> = true;

}  // namespace dialtone
