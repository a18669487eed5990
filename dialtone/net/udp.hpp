// SPDX-License-Identifier: Apache-2.0
// UDP with the semantics of gen_udp, and the datagrams of Unix sockets in the same way. A socket is a small value, like
// a pid; its owner is a process, and it closes with that or by close().
//
//   auto socket = co_await dt::udp::open({.address = "127.0.0.1", .port = 4000});
//   while (auto got = co_await socket->recv()) co_await socket->send(got->source, got->bytes);
//
//   auto socket = co_await dt::udp::open({}, {.active = dt::active::once});
//   co_await socket->send(resolver, question);
//   auto answer = co_await dt::receive<dt::udp::data>(dt::after(2s));
//
// Datagrams arrive whole or not at all; they may be lost, doubled, or arrive in another order. What comes while nobody
// waits stays with the kernel, and what is more than `receive_buffer` is lost there.
//
// Inside a process only. A socket lives on its owner's scheduler, and moves with controlling_process. From others it
// can be sent to and closed; a recv waits for a socket that is on its way to the caller's scheduler, and each other
// call says `elsewhere`. Each wait is resumed by the caller's scheduler. Errors are values (net_error); no error but
// `closed`, which says that the socket was closed here, is the end of a socket. What is different from gen_udp,
// defaults among it: docs/guides/sockets.md.
#pragma once

#include <string>
#include <vector>

#include <dialtone/net/datagram_wait.hpp>
#include <dialtone/net/socket_monitor.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::udp {

struct open_options;

/// Without a time limit.
inline constexpr duration unlimited = duration::max();

/// What is said of one send.
struct send_options {
  std::optional<std::uint8_t> tos = {};  ///< in place of the socket's; the traffic class of IPv6
  std::optional<std::uint8_t> ttl = {};  ///< in place of the socket's; the hop limit of IPv6; at least 1
  /// Cuts the bytes into datagrams of so many, the last one perhaps shorter; the kernel does it (UDP_SEGMENT), with a
  /// system call for up to 64 of them. Zero: all is one datagram.
  std::size_t segment_size = 0;
};

class socket {
 public:
  socket() = default;
  explicit socket(reference name) : name_{name} {}

  /// The next datagram. Of a passive socket only (EINVAL), for one caller at a time (already_reading). Of a connected
  /// one an error may be that of a send (ECONNREFUSED: nobody is there), told once; the socket goes on.
  [[nodiscard("a recv must be awaited")]] detail::datagram_wait recv(duration limit = unlimited) const {
    return {name_, limit};
  }
  /// Done when the kernel has it, which says nothing about its arrival; waits while the kernel has no room.
  /// message_too_long: no datagram can be that long. An error may be that of an earlier send to the connected peer;
  /// this one is not sent then. Of segments the first ones may be out when there is an error. EAGAIN: the queue of a
  /// Unix socket is full that is not the connected peer; the kernel does not say when it has room.
  [[nodiscard("a send must be awaited")]] detail::datagram_send_wait send(const socket_address& to, bytes data,
                                                                          const send_options& with = {}) const {
    return {name_, outgoing(to_socket_name(to), std::move(data), with), with.segment_size};
  }
  /// To the peer that it is connected to (EDESTADDRREQ: it is not).
  [[nodiscard("a send must be awaited")]] detail::datagram_send_wait send(bytes data,
                                                                          const send_options& with = {}) const {
    return {name_, outgoing({}, std::move(data), with), with.segment_size};
  }
  /// From now on it receives from this peer only, and is told when nobody is there. At once; may be called again.
  std::expected<void, net_error> connect(const socket_address& peer) const;
  /// At once for every user; senders that wait get `closed`. No-op for a closed one.
  void close() const;

  /// Gives it to another process, on any scheduler, with what it has told the caller and that has not received. A recv
  /// that waits is told `elsewhere` when it leaves the scheduler; sends that wait go after it. `not_owner` when the
  /// caller does not own it, EBUSY in the predicate of a receive. As a stream's, it is there before who was spawned for
  /// it.
  std::expected<void, net_error> controlling_process(pid owner) const;
  /// A net::socket_down comes when it has closed; ended by net::demonitor.
  [[nodiscard]] reference monitor() const { return net::monitor(name_); }
  std::expected<void, net_error> setopts(const datagram_options& options) const;
  /// All of them as they are now; of a count the messages that are to come. Empty: this socket has it not.
  std::expected<datagram_options, net_error> getopts() const;
  /// How it was opened, as the kernel has it now: address and port, reuse_address, reuse_port, v6_only, device; not the
  /// memberships and the network namespace.
  std::expected<open_options, net_error> where() const;
  /// One that datagram_options has no name for, as getsockopt(2) tells it, with at most `size` bytes.
  std::expected<bytes, net_error> raw_option(int level, int name, std::size_t size) const;
  std::expected<detail::datagram_statistics, net_error> getstat() const;
  /// Receives what is sent to the group too, at the interface with this index (interfaces(); 0: the system's choice).
  std::expected<void, net_error> add_membership(const ip_address& group, std::uint32_t interface = 0) const;
  std::expected<void, net_error> drop_membership(const ip_address& group, std::uint32_t interface = 0) const;
  /// ENOTCONN when it is not connected.
  std::expected<socket_address, net_error> peer_address() const;
  std::expected<socket_address, net_error> local_address() const;

  reference name() const { return name_; }
  friend bool operator==(socket, socket) = default;

 private:
  static io::outgoing_datagram outgoing(const io::socket_name& to, bytes data, const send_options& with) {
    return {to, std::move(data), {.tos = with.tos, .ttl = with.ttl}};
  }

  reference name_;
};

// The messages of an active socket, to its owner.
struct data {
  udp::socket socket;
  socket_address source;
  dialtone::bytes bytes;
  bool truncated = false;  ///< longer than the option `buffer`; the rest is lost
  datagram_ancillary ancillary = {};
};
/// ECONNREFUSED: nobody is there at the connected peer's address, one for each datagram that was sent there. The socket
/// goes on, and the count of messages stays.
struct error {
  udp::socket socket;
  net_error why;
};
/// The count of messages is used up.
struct passive {
  udp::socket socket;
};

/// A multicast group, and the index of the interface where it is joined (0: the system's choice).
struct membership {
  ip_address group;
  std::uint32_t interface = 0;
};

struct open_options {
  /// Of an interface, or all of them; v4 as well unless v6_only. Or a Unix socket's, as socket_address has it:
  /// "unix:/run/me", "unix:@me", "unix:" for a name that the system chooses. A file that is there already is
  /// EADDRINUSE, and the socket's own stays when it is closed.
  std::string address = "::";
  std::uint16_t port = 0;      ///< 0: any free one, see local_address
  bool reuse_address = false;  ///< others that say it too may have the same address: for multicasts
  bool reuse_port = false;     ///< the same, and the kernel spreads datagrams over all of them by their sender
  bool v6_only = false;
  std::string device = {};  ///< the name of an interface: nothing goes or comes by another (SO_BINDTODEVICE)
  /// To be in, by its path, as /run/netns/blue; empty: the program's. A privilege.
  std::string network_namespace = {};
  std::vector<membership> memberships = {};
};

/// An address that is in use is tried again for up to half a second.
[[nodiscard("an open must be awaited")]] task<std::expected<socket, net_error>> open(open_options where = {},
                                                                                     datagram_options options = {});

/// A socket of UDP or of Unix datagrams from a descriptor that is open already, bound and connected or not, as
/// adopt.hpp has it for streams: it is the socket's from then on, and after an error still the caller's. It hears the
/// groups that it has heard before.
std::expected<socket, net_error> adopt(int descriptor, datagram_options options = {});

}  // namespace dialtone::udp

namespace dialtone {
template <>
inline constexpr bool enable_sendable<udp::socket> = true;
}  // namespace dialtone
