// SPDX-License-Identifier: Apache-2.0
// The sockets of one scheduler. A socket's handle is a reference: scheduler, slot and generation, so one that was
// closed is never taken for its successor. For the room net only.
//
// Ownership: the table holds every socket by its reference; a socket is destroyed when it is released, by its owner's
// death or close(), after what was still to be sent has gone (or its linger time is over).
//
// A socket lives where its owner does. Given to a process of another scheduler it moves there under its name, and the
// scheduler that the name was made on (its birth place) knows where it is: that is told before the socket leaves, so
// who asks there is never sent to a place that the socket has left, but at most to one that it is on its way to. A
// request that has come to the wrong place goes by the birth place.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/awaited_sockets.hpp>
#include <dialtone/net/net_error.hpp>
#include <dialtone/net/socket_info.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone::detail {

class socket_table;

/// A process that is told when the socket closes, by its monitor of that name.
struct socket_watcher {
  reference name;
  pid who;
};
void tell_watcher(scheduler& home, const socket_watcher& watcher, reference socket, const exit_reason& why);

/// What all sockets are: owned by a process, which they close with.
class any_socket : private owned_resource {
 public:
  enum class kind : std::uint8_t { stream, listener, datagram };

  /// `handle` is one of `driver`, which outlives the socket.
  any_socket(kind what, socket_table& home, io::driver& driver, io::handle handle);
  any_socket(const any_socket&) = delete;
  virtual ~any_socket();
  static void* operator new(std::size_t size) { return allocate(size); }
  static void operator delete(void* socket, std::size_t size) noexcept { detail::release(socket, size); }

  kind what() const { return kind_; }
  reference name() const { return name_; }
  pid owner() const { return owner_; }
  bool is_closed() const { return closed_; }
  /// The calling process from now on.
  void own_by_caller();
  /// Another process of this scheduler, which must be alive.
  void own_by(process_block& other);
  void own_by_nobody();
  /// The socket is gone for everybody who knows its handle; it destroys itself when its work is done.
  void close(const exit_reason& why = exit_reason::normal);
  void watch(socket_watcher watcher);
  void unwatch(reference name);

  /// Nobody owns it, no table has it, and nobody waits: until it arrives on that scheduler, only the caller holds it.
  io::released leave_for(std::uint32_t scheduler);
  /// On the thread of that scheduler. Goes on with go_on().
  void arrive(socket_table& there, io::released&& kernel);
  virtual void go_on() = 0;
  /// Whether a message of a mailbox is from this socket.
  virtual bool has_told(const signal& message) const = 0;

  io::driver& driver() const { return *driver_; }
  io::handle handle() const { return handle_; }
  std::expected<socket_address, net_error> local_address() const;
  std::expected<socket_address, net_error> peer_address() const;
  /// Null: it is something else that a process owns.
  static const any_socket* of(const owned_resource& owned);
  /// Adds what it knows, to what every socket does.
  virtual void describe(net::socket_info& info) const;

 protected:
  /// What follows when it was closed: tells who waits, and destroys the socket now or later.
  virtual void end() = 0;
  /// Nothing of this scheduler is in use when it returns; who waits is told.
  virtual void let_go() = 0;
  /// Requests find their way after the socket from now on; it is the caller's still.
  virtual void has_left() {}
  /// What was with the driver and is the socket's own.
  virtual void take_back(io::released& kernel) = 0;
  /// The driver of the scheduler where it has arrived cannot watch it: its calls fail with this code.
  virtual void lost(io::released& kernel, int system_code) = 0;
  inline scheduler& home() const;
  /// To the owner. False when the socket is gone from here: a predicate of who receives it has closed it.
  bool tell(signal* message);
  /// Else the system's code, and the socket is still with the caller.
  std::expected<io::handle, int> adopt(io::released& kernel) const;

  socket_table* table_;  // null on the way to another
  io::handle handle_;

 private:
  static void owner_has_died(owned_resource& owned, scheduler& home);
  void tell_watchers(const exit_reason& why);

  io::driver* driver_;
  pid owner_;
  reference name_;
  kind kind_;
  bool closed_ = false;
  std::unique_ptr<std::vector<socket_watcher>> watchers_;  // null for most
};

class socket_table final : public scheduler_part {
 public:
  explicit socket_table(scheduler& home) : home{home}, awaited{*this}, sockets_{home.index, reference_kind::socket} {}
  ~socket_table() override;

  static socket_table& of(scheduler& home) { return home.parts.get<socket_table>(home); }
  /// Of the calling process's scheduler.
  static socket_table& here();

  /// Null: closed, of another kind, or of another scheduler.
  template <class Socket>
  Socket* find(reference name) {
    any_socket* found = find_any(name);
    return found != nullptr && found->what() == Socket::its_kind ? static_cast<Socket*>(found) : nullptr;
  }
  any_socket* find_any(reference name) {
    any_socket* found = sockets_.find(name);
    if (found == nullptr && !immigrants_.empty()) found = immigrant(name);
    return found != nullptr && !found->is_closed() ? found : nullptr;
  }
  /// The scheduler to be asked about a socket that was not found here; none: it is closed.
  std::optional<std::uint32_t> way_to(reference name) const;

  reference add(any_socket& born);
  void add_immigrant(any_socket& arrived);
  void remove(const any_socket& gone);
  template <class Visit>
  void each(Visit visit) {
    sockets_.each(visit);
    for (const auto& [name, each] : immigrants_) visit(*each);
  }
  /// Leaves for another scheduler.
  void send_off(const any_socket& leaving, std::uint32_t scheduler);
  /// At its birth place: lives on that scheduler from now on, or nowhere.
  void told_of(reference name, std::optional<std::uint32_t> scheduler);

  scheduler& home;
  /// Drivers beside the scheduler's own, which sockets live at and are destroyed before.
  scheduler_parts drivers;
  awaited_sockets awaited;
  bool is_ending() const { return ending_; }
  /// The peers of its connections, for a few.
  std::string holdings_of(const process_block& process) const override;

 private:
  any_socket* immigrant(reference name);
  bool take_out(reference name);

  handle_table<any_socket> sockets_;
  std::unordered_map<std::uint64_t, any_socket*> immigrants_;   // that were born elsewhere, or have come back
  std::unordered_map<std::uint64_t, std::uint32_t> emigrants_;  // that were born here; the scheduler they are on
  bool ending_ = false;
};

inline scheduler& any_socket::home() const { return table_->home; }

/// Why a socket was not found here.
net_error::code_type why_not_found(reference name);
/// The error of an operation: the driver's codes for a handle that is gone and for a second reader are our own.
net_error error_of(net_operation operation, int system_code);

}  // namespace dialtone::detail
