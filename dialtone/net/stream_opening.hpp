// SPDX-License-Identifier: Apache-2.0
// How listeners and connections come to be, at whatever driver: the steps that tcp, local and memory share. Inside a
// process, which owns what is made. For the room net only.
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
