// SPDX-License-Identifier: Apache-2.0
// How listeners and connections come to be, at whatever driver: the steps that tcp, local, memory and udp share. Inside
// a process, which owns what is made. For the room net only.
#pragma once

#include <dialtone/net/stream.hpp>

namespace dialtone::detail {

/// A handle of a driver that closes with its scope, unless it was taken.
class opened_handle {
 public:
  opened_handle(io::driver& driver, io::handle handle) : driver_{&driver}, handle_{handle} {}
  opened_handle(opened_handle&& other) noexcept : driver_{other.driver_}, handle_{other.take()} {}
  opened_handle& operator=(opened_handle&&) = delete;
  ~opened_handle() {
    if (handle_) driver_->close(handle_);
  }

  io::driver& driver() const { return *driver_; }
  io::handle get() const { return handle_; }
  io::handle take() { return std::exchange(handle_, {}); }

 private:
  io::driver* driver_;
  io::handle handle_;
};

/// A socket of the family of the address, not bound to it.
std::expected<opened_handle, net_error> open_stream(io::driver& driver, const socket_address& address);

/// How long an address that is in use is tried again: the kernel may hold one for some milliseconds
/// after the end of a process that was killed; a Unix name when a ring of io_uring was in that process.
inline constexpr duration bind_patience = std::chrono::milliseconds{500};
/// Tries again so long. A Unix name only once: see local.cpp. The driver outlives the task; the system's code, or
/// 0.
task<int> bind_patiently(io::driver* driver, io::handle handle, socket_address address);

/// Less what set_kernel_options has told the kernel of this socket, or of the listener that it comes from, already.
socket_options without_told(socket_options options);
/// A connection that is up becomes the caller's; closed when an option is wrong.
std::expected<stream::socket, net_error> own_stream(io::driver& driver, io::handle connected,
                                                    const socket_options& options);

struct listen_parts {
  int backlog;
  socket_options connections;
  io::socket_file file = {};  ///< of a Unix socket with a path
};
/// Of a socket that is bound already. Errors carry `address`.
std::expected<stream::listener, net_error> listen_at(opened_handle bound, const socket_address& address,
                                                     listen_parts parts);

/// The driver outlives the task.
task<std::expected<stream::socket, net_error>> connect_stream(io::driver* driver, socket_address address,
                                                              socket_options options, duration limit);

}  // namespace dialtone::detail
