// SPDX-License-Identifier: Apache-2.0
// The sockets of one scheduler. A socket's handle is a reference: scheduler, slot and generation, so one that was
// closed is never taken for its successor. For the room net only.
//
// Ownership: the table holds every socket by its reference; a socket is destroyed when it is released, by its owner's
// death or close(), after what was still to be sent has gone (or its linger time is over).
#pragma once

#include <dialtone/io/driver.hpp>
#include <dialtone/net/net_error.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone::detail {

class socket_table;

/// What all sockets are: owned by a process, which they close with.
class any_socket : private owned_resource {
 public:
  enum class kind : std::uint8_t { stream, listener };

  /// `handle` is one of `driver`, which outlives the socket.
  any_socket(kind what, socket_table& home, io::driver& driver, io::handle handle);
  any_socket(const any_socket&) = delete;
  virtual ~any_socket();

  kind what() const { return kind_; }
  reference name() const { return name_; }
  pid owner() const { return owner_; }
  bool is_closed() const { return closed_; }
  /// The calling process from now on. Of a socket without an owner.
  void own_by_caller();
  /// Another process of this scheduler, which must be alive.
  void own_by(process_block& other);
  /// The socket is gone for everybody who knows its handle; it destroys itself when its work is done.
  void close();

  io::driver& driver() const { return *driver_; }
  io::handle handle() const { return handle_; }
  std::expected<socket_address, net_error> local_address() const;
  std::expected<socket_address, net_error> peer_address() const;

 protected:
  /// What follows when it was closed: tells who waits, and destroys the socket now or later.
  virtual void end() = 0;
  scheduler& home() const;

  socket_table& table_;
  io::handle handle_;

 private:
  static void owner_has_died(owned_resource& owned, scheduler& home);

  io::driver* driver_;
  pid owner_;
  reference name_;
  kind kind_;
  bool closed_ = false;
};

class socket_table final : public scheduler_part {
 public:
  explicit socket_table(scheduler& home) : home{home}, sockets{home.index, reference_kind::socket} {}
  ~socket_table() override;

  /// Of the calling process's scheduler.
  static socket_table& here();

  /// Null: closed, of another kind, or of another scheduler.
  template <class Socket>
  Socket* find(reference name) {
    any_socket* found = sockets.find(name);
    const bool known = found != nullptr && found->what() == Socket::its_kind && !found->is_closed();
    return known ? static_cast<Socket*>(found) : nullptr;
  }

  scheduler& home;
  /// Drivers beside the scheduler's own, which sockets live at and are destroyed before.
  scheduler_parts drivers;
  handle_table<any_socket> sockets;
};

/// Why a socket was not found here.
net_error::code_type why_not_found(reference name);
/// The error of an operation: the driver's codes for a handle that is gone and for a second reader are our own.
net_error error_of(net_operation operation, int system_code);

}  // namespace dialtone::detail
