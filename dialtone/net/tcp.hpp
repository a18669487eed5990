// SPDX-License-Identifier: Apache-2.0
// TCP with the semantics of gen_tcp. A socket is a small value, like a pid; its owner is a process, and it closes with
// that or by close().
//
//   auto listener = co_await dt::tcp::listen({.address = "127.0.0.1", .port = 4000});
//   auto socket = co_await listener->accept();                        // the caller owns it
//   while (auto data = co_await socket->recv()) co_await socket->send(*data);
//
//   auto socket = co_await dt::tcp::connect("localhost", 4000, {.packet = dt::packet::line}, 5s);
//   socket->setopts({.active = dt::active::once});
//   auto line = co_await dt::receive<dt::tcp::data>();
//
// Inside a process only. A socket lives on its owner's scheduler, and moves with controlling_process. From others it
// can be sent to, shut down and closed; the other calls say `elsewhere`, as does one that waits when the socket moves
// away. Each wait is resumed by the caller's scheduler. Errors are values (net_error), and `closed` says that the peer
// has ended the connection in order, or that the socket was closed on this side. What is different from gen_tcp,
// defaults among it: docs/guides/sockets.md.
#pragma once

#include <string>

#include <dialtone/net/listen_socket.hpp>
#include <dialtone/net/socket_monitor.hpp>
#include <dialtone/net/socket_wait.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::tcp {

/// Without a time limit.
inline constexpr duration unlimited = duration::max();

class socket {
 public:
  socket() = default;
  explicit socket(reference name) : name_{name} {}

  /// The next packet; of a raw stream what has arrived, or exactly `length` bytes. Of a passive socket only (EINVAL),
  /// for one caller at a time (already_reading). What has arrived when the time is up stays for the next recv.
  [[nodiscard("a recv must be awaited")]] detail::recv_wait recv(std::size_t length = 0,
                                                                 duration limit = unlimited) const {
    return {name_, length, limit};
  }
  /// Done when it is queued: it goes out when the caller waits for something else, or at the end of the turn with what
  /// others have sent meanwhile. Waits while as much as the high watermark is unsent. An error may be that of an
  /// earlier send.
  [[nodiscard("a send must be awaited")]] detail::stream_send_wait send(bytes data) const {
    return {name_, std::move(data)};
  }
  /// Puts bytes back before those that were not taken yet.
  std::expected<void, net_error> unrecv(bytes data) const;
  /// Ends the sending half, behind what is unsent. The other goes on with exit_on_close = false. From another scheduler
  /// it is asked for, and its error told to nobody.
  std::expected<void, net_error> shutdown() const;
  /// At once for every user; what is unsent still goes out, for at most five seconds. No-op for a closed one.
  void close() const;

  /// Gives it to another process, with the messages from it that wait in the caller's mailbox: they come before all
  /// others. `not_owner` when the caller does not own it, `bad_option` for who is dead; on another scheduler it closes
  /// then. It is there before anything that the caller sends there from now on.
  std::expected<void, net_error> controlling_process(pid owner) const;
  /// A net::socket_down comes when it has closed; ended by net::demonitor.
  [[nodiscard]] reference monitor() const { return net::monitor(name_); }
  std::expected<void, net_error> setopts(const socket_options& options) const;
  std::expected<detail::stream_statistics, net_error> getstat() const;
  std::expected<socket_address, net_error> peer_address() const;
  std::expected<socket_address, net_error> local_address() const;

  reference name() const { return name_; }
  friend bool operator==(socket, socket) = default;

 private:
  reference name_;
};

// The messages of an active socket, to its owner.
struct data {
  tcp::socket socket;
  dialtone::bytes bytes;  ///< a packet
};
/// The end of the connection; nothing follows.
struct closed {
  tcp::socket socket;
};
/// `closed` follows.
struct error {
  tcp::socket socket;
  net_error why;
};
/// The count of messages is used up.
struct passive {
  tcp::socket socket;
};

struct listen_options {
  std::string address = "::";  ///< of an interface, or all of them; v4 as well unless v6_only
  std::uint16_t port = 0;      ///< 0: any free one, see local_address
  int backlog = 1024;          ///< connections that wait for an accept; the system may allow fewer (somaxconn)
  bool reuse_address = true;
  bool reuse_port = false;
  bool v6_only = false;
  socket_options connections = {};  ///< of those that are accepted
};

class listener {
 public:
  listener() = default;
  explicit listener(reference name, socket_address local) : name_{name}, local_{std::move(local)} {}

  /// The next connection, which the caller owns. Several processes may wait. `closed` when the listener was closed.
  /// Without descriptors or memory it waits for some; the log and an event (net_events.hpp) tell of it.
  /// (net_events.hpp).
  [[nodiscard("an accept must be awaited")]] task<std::expected<socket, net_error>> accept(
      duration limit = unlimited) const;
  void close() const;
  std::expected<void, net_error> controlling_process(pid owner) const;
  [[nodiscard]] reference monitor() const { return net::monitor(name_); }
  reference name() const { return name_; }
  const socket_address& local_address() const { return local_; }

 private:
  reference name_;
  socket_address local_;
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

namespace dialtone {
template <>
inline constexpr bool enable_sendable<tcp::socket> = true;
template <>
inline constexpr bool enable_sendable<tcp::listener> = true;
}  // namespace dialtone
