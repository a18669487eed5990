// SPDX-License-Identifier: Apache-2.0
// What a protocol is written against when it does not matter what carries it: a transport knows how to listen and how
// to connect, and the sockets are the same for all (stream.hpp). A small value, sendable, for everybody.
//
//   dt::process<> serve(dt::transport over) {
//     auto listener = co_await over.listen({.connections = {.packet = dt::packet::line}});
//     while (auto accepted = co_await listener->accept()) ...   // a process, which begins with
//     over.handshake(accepted)
//   }
//   dt::spawn(serve, dt::transport::tcp());
//   dt::spawn(serve, dt::transport::local());
//   dt::spawn(serve, dt::transport::memory(network));
//
// More are made by who implements transport_kind: one around another (a proxy connects through the inner one and speaks
// its protocol before it gives the socket away), or one whose sockets live at a driver of its own.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <dialtone/net/local.hpp>
#include <dialtone/net/memory.hpp>
#include <dialtone/net/tcp.hpp>

namespace dialtone {

struct transport_listen_options {
  std::optional<socket_address> address = {};  ///< none: one that is free, see local_address
  int backlog = 1024;                          ///< connections that wait for an accept
  socket_options connections = {};             ///< of those that are accepted
};

/// A way to carry streams. Immutable: processes of any scheduler share it. Inside a process only. An address that it
/// cannot have is EAFNOSUPPORT.
class transport_kind {
 public:
  transport_kind() = default;
  transport_kind(const transport_kind&) = delete;
  virtual ~transport_kind() = default;

  /// "tcp".
  virtual std::string_view name() const = 0;
  virtual task<std::expected<stream::listener, net_error>> listen(transport_listen_options options) const = 0;
  /// The connection is ready for its protocol, with all that `limit` has to cover.
  virtual task<std::expected<stream::socket, net_error>> connect(socket_address to, socket_options options,
                                                                 duration limit) const = 0;
  /// Makes an accepted connection ready for its protocol; the caller owns both the given and the returned socket, which
  /// is the same here. Apart from accept, so that a slow peer holds up nobody else. What `listen` was asked for the
  /// connections are the options of the given one (getopts): who reads with others puts them back. One that was active
  /// has perhaps told its owner what was for the handshake: such a kind refuses that in `listen`.
  virtual task<std::expected<stream::socket, net_error>> handshake(stream::socket accepted, duration limit) const;
};

class transport {
 public:
  explicit transport(std::shared_ptr<const transport_kind> kind) : kind_{std::move(kind)} {}

  /// What `listen` does not say, `basis` does; without an address also where.
  static transport tcp(tcp::listen_options basis = {});
  /// Without an address an abstract name is found, unless `basis` has a path.
  static transport local(local::listen_options basis = {});
  static transport memory(memory::network within);

  std::string_view name() const { return kind_->name(); }
  [[nodiscard("a listen must be awaited")]] task<std::expected<stream::listener, net_error>> listen(
      transport_listen_options options = {}) const;
  [[nodiscard("a connect must be awaited")]] task<std::expected<stream::socket, net_error>> connect(
      socket_address to, socket_options options = {}, duration limit = stream::unlimited) const;
  [[nodiscard("a handshake must be awaited")]] task<std::expected<stream::socket, net_error>> handshake(
      stream::socket accepted, duration limit = stream::unlimited) const;

 private:
  std::shared_ptr<const transport_kind> kind_;
};

template <>
inline constexpr bool enable_sendable<transport> = true;

}  // namespace dialtone
