// SPDX-License-Identifier: Apache-2.0
// A stream between two sockets, with the semantics of gen_tcp, whatever carries it: TCP, a Unix socket, memory. They
// have one type of socket, of listener and of message, so a protocol is written once; tcp, local and memory have these
// names too, and how one is made (tcp.hpp, local.hpp, memory.hpp; transport.hpp for who leaves that open). A socket is
// a small value, like a pid; its owner is a process, and it closes with that or by close().
//
//   while (auto data = co_await socket.recv()) co_await socket.send(*data);
//
//   socket.setopts({.active = dt::active::once});
//   auto packet = co_await dt::receive<dt::stream::data>();
//
// Inside a process only. A socket lives on its owner's scheduler, and moves with controlling_process. From others it
// can be sent to, shut down and closed; the other calls say `elsewhere`, as does one that waits when the socket moves
// away. One that is awaited waits for a socket that is on its way to the caller's scheduler, within its time limit.
// Each wait is resumed by the caller's scheduler. Errors are values (net_error), and `closed` says that the peer
// has ended the connection in order, or that the socket was closed on this side. What is different from gen_tcp,
// defaults among it: docs/guides/sockets.md.
#pragma once

#include <dialtone/net/file_part.hpp>
#include <dialtone/net/listen_socket.hpp>
#include <dialtone/net/socket_monitor.hpp>
#include <dialtone/net/socket_wait.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::stream {

/// Without a time limit.
inline constexpr duration unlimited = duration::max();

class socket {
 public:
  socket() = default;
  explicit socket(reference name) : name_{name} {}

  /// The next packet; of a raw stream what has arrived, or exactly `length` bytes. Of a passive socket only, and with a
  /// length of a raw one (EINVAL); for one caller at a time (already_reading). What has arrived when the time is up
  /// stays for the next recv.
  [[nodiscard("a recv must be awaited")]] detail::recv_wait recv(std::size_t length = 0,
                                                                 duration limit = unlimited) const {
    return {name_, length, limit};
  }
  /// The next packet of a stream whose option `packet` is http or httph, taken apart: first lines and header fields in
  /// turn, as the stream has them. Else bad_option, also when the option becomes another meanwhile. A line that is none
  /// of HTTP is an http_error, no error of the call: the next one follows. Otherwise as recv, which gives the bytes of
  /// the line; both count on, so they may be mixed.
  [[nodiscard("a recv must be awaited")]] detail::http_recv_wait recv_http(duration limit = unlimited) const {
    return {name_, limit};
  }
  /// Done when it is queued: it goes out when the caller waits for something else, or at the end of the turn with what
  /// others have sent meanwhile. The send that reaches the high watermark waits, in the queue; who finds it reached
  /// waits for room. Both go on at the low watermark, and wait at most for send_timeout: then the error `timeout`. An
  /// error may be that of an earlier send. It says how much of this one the kernel has not taken (`unsent`) and whether
  /// that still goes out (`still_sends`). After a timeout it does of one in the queue, whose beginning may have gone,
  /// and nothing is sent of one that has waited for room; nor of one that is given up there, as by with_deadline or the
  /// death of its process. A close sends what waits, as far as the linger time allows.
  [[nodiscard("a send must be awaited")]] detail::stream_send_wait send(bytes data) const {
    return {name_, std::move(data)};
  }
  /// Sends a part of a regular file as it is, whatever packets are, behind what is unsent, and says how many bytes that
  /// were: fewer than asked for where the file is shorter. It is read in the blocking pool, a chunk after the other,
  /// and from the high watermark on waits as send does; what others send meanwhile comes between two chunks. Where
  /// packets have a length in front it is refused (EINVAL). By a process of the socket's scheduler.
  [[nodiscard("a sendfile must be awaited")]] task<std::expected<std::uint64_t, sendfile_error>> sendfile(
      file_part part) const;
  /// Puts bytes back before those that were not taken yet. An active socket sends them as if they had arrived.
  std::expected<void, net_error> unrecv(bytes data) const;
  /// Ends the sending half, behind what is unsent; again, it is a no-op. The other half goes on: when the peer has
  /// ended its own, the socket still sends with exit_on_close = false. The receiving half ends at once, as if the peer
  /// had: what has arrived may still be read; the peer is not told. From another scheduler it is asked for, and its
  /// error told to nobody.
  std::expected<void, net_error> shutdown(shutdown_how how = shutdown_how::write) const;
  /// At once for every user; what is unsent still goes out, for at most its linger time (5 s). A send of another
  /// scheduler that is on its way then, also one that waited when the socket was given away, is `closed`: nothing of it
  /// goes out. No-op for a closed one.
  void close() const;

  /// Gives it to another process, with the messages from it that wait in the caller's mailbox: they come before all
  /// others. No-op for its owner. `not_owner` when the caller does not own it, `bad_option` for who is dead; on another
  /// scheduler it closes then. EBUSY in the predicate of a receive. It is there before anything that the caller sends
  /// there from now on, and before a process runs that the caller has spawned there without an await in between. When
  /// it cannot be watched there, the next calls say the system's error.
  std::expected<void, net_error> controlling_process(pid owner) const;
  /// A net::socket_down comes when it has closed; ended by net::demonitor.
  [[nodiscard]] reference monitor() const { return net::monitor(name_); }
  std::expected<void, net_error> setopts(const socket_options& options) const;
  /// All of them: of a count of messages those that are to come, of line_length none if there is none, and the kernel's
  /// as it tells them. Without the kernel's when recv has told the end.
  std::expected<socket_options, net_error> getopts() const;
  /// One that socket_options has no name for, as getsockopt(2) tells it, with at most `size` bytes.
  std::expected<bytes, net_error> raw_option(int level, int name, std::size_t size) const;
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
  stream::socket socket;
  dialtone::bytes bytes;  ///< a packet
};
/// In place of data when the option `packet` is http or httph.
struct http {
  stream::socket socket;
  http_packet packet;  ///< a line or header field, taken apart
};
/// The end of the connection; nothing follows.
struct closed {
  stream::socket socket;
};
/// `closed` follows.
struct error {
  stream::socket socket;
  net_error why;
};
/// The count of messages is used up.
struct passive {
  stream::socket socket;
};

class listener {
 public:
  listener() = default;
  explicit listener(reference name, socket_address local) : name_{name}, local_{std::move(local)} {}

  /// The next connection, which the caller owns. Several processes may wait. `closed` when the listener was closed.
  /// Without descriptors or memory it waits for some; the log and an event (net_events.hpp) tell of it.
  [[nodiscard("an accept must be awaited")]] task<std::expected<socket, net_error>> accept(
      duration limit = unlimited) const;
  void close() const;
  std::expected<void, net_error> controlling_process(pid owner) const;
  [[nodiscard]] reference monitor() const { return net::monitor(name_); }
  reference name() const { return name_; }
  /// Of the connections that are accepted from now on; the kernel's, of those that come from now on.
  std::expected<void, net_error> setopts(const socket_options& options) const;
  std::expected<socket_options, net_error> getopts() const;
  const socket_address& local_address() const { return local_; }

 private:
  reference name_;
  socket_address local_;
};

}  // namespace dialtone::stream

namespace dialtone {
template <>
inline constexpr bool enable_sendable<stream::socket> = true;
template <>
inline constexpr bool enable_sendable<stream::listener> = true;
}  // namespace dialtone
