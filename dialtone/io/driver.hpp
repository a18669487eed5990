// SPDX-License-Identifier: Apache-2.0
// The one door to the network: a scheduler opens sockets at its driver, submits operations and polls it for
// completions. A driver belongs to one scheduler and is used by its thread only, but for wake(). The kernel's drivers
// are epoll and io_uring; a simulated one has no descriptors, so nobody else asks the kernel about a socket.
//
// An operation is the place where a result is waited for. It is the waiter's and may go away at any time through
// cancel; whatever the kernel may still touch (buffers, requests in flight) is the driver's own, so a process can be
// destroyed in the middle of a receive. Handles carry a generation: one that was closed is never taken for its
// successor.
//
// Errors are the system's codes (errno), here and in results: 0, EBADF for a closed handle, EALREADY for a second
// reader or writer, what the kernel says.
#pragma once

#include <cerrno>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <dialtone/base/bytes.hpp>
#include <dialtone/base/time.hpp>
#include <dialtone/io/datagram.hpp>
#include <dialtone/io/socket_name.hpp>

namespace dialtone::io {

/// A socket, or a descriptor that a driver has adopted.
struct handle {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  explicit operator bool() const { return generation != 0; }
  friend bool operator==(handle, handle) = default;
};

struct result {
  int error = 0;
  /// What was received. Empty without an error: the peer has ended its side.
  bytes data = {};
  handle accepted = {};
  /// Bytes that the kernel has taken of what was to be sent, also with an error.
  std::size_t sent = 0;
};

/// Waits for one result. Neither copied nor moved while it is in flight.
class operation {
 public:
  explicit operation(void (*complete)(operation&, result&&)) : complete{complete} {}
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  void (*complete)(operation&, result&&);
  handle of;               // set by the driver while the operation is in flight
  bool in_flight = false;  // the driver's
};

/// Waits for a datagram.
class datagram_operation : public operation {
 public:
  using operation::operation;

  /// Of the waiter's: bytes that are taken of it at most; no more than a buffer (receive_buffers::size) in any case.
  std::size_t room = std::size_t{64} * 1024;
  /// Filled when the operation is done, unless there is an error.
  datagram_origin got;
};

/// The arguments of socket(2).
struct socket_kind {
  int family;
  int type;
  int protocol = 0;
  friend bool operator==(const socket_kind&, const socket_kind&) = default;
};

/// A socket of a driver without descriptors, on its way to another one; closed when that is destroyed.
struct travelling_socket {
  travelling_socket() = default;
  travelling_socket(const travelling_socket&) = delete;
  virtual ~travelling_socket() = default;
};

/// A socket on its way to another driver, with what the first one had in hand. Closed when nobody adopts it.
struct released {
  released() = default;
  explicit released(int descriptor) : descriptor{descriptor} {}
  released(released&& other) noexcept;
  released& operator=(released&& other) noexcept;
  ~released();

  /// Negative: there is none.
  int descriptor = -1;
  /// In place of a descriptor.
  std::unique_ptr<travelling_socket> socket = {};
  /// Received for nobody yet.
  bytes received = {};
  /// What the kernel has said of the socket to nobody yet, behind `received`; 0 for nothing.
  int error = 0;
  /// The rest of a send that the kernel has not taken. Not sent by the driver that adopts it.
  std::vector<bytes> unsent = {};
  /// Others may have a duplicate of the descriptor.
  bool shared = false;
};

/// The level and the name of an option (setsockopt(2)).
struct socket_option {
  int level;
  int name;
};

/// shutdown(2)'s SHUT_RD, SHUT_WR, SHUT_RDWR.
enum class shutdown_how : int { read = 0, write = 1, both = 2 };

class driver {
 public:
  virtual ~driver() = default;

  /// "epoll", "io_uring", "memory".
  virtual std::string_view name() const = 0;

  // Sockets. Each call is done at once; what returns an int returns the error.
  virtual std::expected<handle, int> open(socket_kind kind) = 0;
  virtual int bind(handle of, const socket_name& local) = 0;
  virtual int listen(handle of, int backlog) = 0;
  virtual int shutdown(handle of, shutdown_how how) = 0;
  virtual int set_option(handle of, socket_option which, std::span<const std::byte> value) = 0;
  /// The part of `value` that was written.
  virtual std::expected<std::size_t, int> option(handle of, socket_option which, std::span<std::byte> value) = 0;
  virtual std::expected<socket_name, int> local_name(handle of) = 0;
  virtual std::expected<socket_name, int> peer_name(handle of) = 0;

  /// Takes over an open, non-blocking descriptor and closes it with close(), or with the driver. Others may have
  /// duplicates of it, here or in another program. Throws std::system_error when the kernel cannot watch it; then it
  /// stays the caller's.
  virtual handle adopt(int descriptor) = 0;
  /// The same, for what another driver of this kind has released. What came with it is received first.
  virtual handle adopt(released&& moved) = 0;
  /// Gives the descriptor of a handle back, which ends here as by close(); what was in flight gets EBADF. For a socket
  /// that moves to another driver. None for a handle that was closed.
  virtual released release(handle of) = 0;
  /// Who still waits for it gets EBADF. When this returns, the kernel has let go of it: its address is free, its peer
  /// is told. No-op for a handle that was closed.
  virtual void close(handle closed) = 0;

  // Each is either done at once (true, and the result is in `done`) or in flight, to be completed from within poll
  // (false). A handle has one reader (accept, receive*) and one writer (connect, send*) at a time. Errors are in the
  // result.
  virtual bool accept(handle listener, operation& waiting, result& done) = 0;
  /// Done when the connection is up, or has failed.
  virtual bool connect(handle from, const socket_name& to, operation& waiting, result& done) = 0;
  /// What is there, at least a byte: as much as one buffer takes (receive_buffers::size).
  virtual bool receive(handle from, operation& waiting, result& done) = 0;
  /// Sends all of `pieces`, which it takes, one after the other; what the kernel does not take at once is kept until it
  /// does, also when nobody waits for it any more.
  virtual bool send(handle to, std::span<bytes> pieces, operation& waiting, result& done) = 0;
  /// Bytes that the kernel is known to have taken so far of the send that is in flight. What a ring has in its hands is
  /// counted when that is done.
  virtual std::size_t sent_so_far(handle) const { return 0; }
  /// The next datagram, an empty one too: its bytes are in the result, all else is in `waiting`. An error may be that
  /// of one that was sent (ECONNREFUSED, of a connected socket), and is told once. A handle that nobody waits for takes
  /// no datagram and holds no buffer. EOPNOTSUPP for a stream, and from a driver that has none.
  virtual bool receive_datagram(handle, datagram_operation&, result& done) { return no_datagrams(done); }
  /// Sends it whole or not at all; waits while the kernel has no room, also when nobody waits for it any more.
  /// EMSGSIZE: larger than a datagram can be. EAGAIN: the queue of a Unix socket that is not the connected peer is
  /// full; the kernel does not say when it has room. An error may be that of an earlier one (ECONNREFUSED); this one is
  /// not sent then. EOPNOTSUPP as above.
  virtual bool send_datagram(handle, const outgoing_datagram&, operation&, result& done) { return no_datagrams(done); }

  /// Forgets who waits; what is in flight ends without being seen. No-op for an operation that is not in flight.
  virtual void cancel(operation& waiting) = 0;

  /// Completes what is ready; when nothing is, waits for at most `timeout` (zero: does not wait, max: for ever) or
  /// wake().
  virtual void poll(duration timeout) = 0;
  /// Whether poll can complete anything: false while no handle is open.
  virtual bool has_sources() const = 0;
  /// Whether poll has something to complete already, of a driver that knows it without asking the kernel: who steps it
  /// is not done before.
  virtual bool is_ready() const { return false; }
  /// Ends the wait of poll, or of the next one. Any thread.
  virtual void wake() noexcept = 0;
  /// The thread that has polled so far says it before another thread uses the driver, and before it ends: the kernel
  /// lets go of what was bound to the thread. What is in flight still is.
  virtual void hand_over() {}

 protected:
  static bool no_datagrams(result& done) {
    done = {.error = EOPNOTSUPP};
    return true;
  }
};

/// The driver over epoll(7), which every Linux has. Throws std::system_error when the system has no descriptors left.
std::unique_ptr<driver> make_epoll_driver();
/// The driver over io_uring(7). Throws std::system_error when the kernel refuses (containers do: EPERM, ENOSYS), or is
/// older than 6.0 (EINVAL).
std::unique_ptr<driver> make_uring_driver();

}  // namespace dialtone::io
