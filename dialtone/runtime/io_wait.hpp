// SPDX-License-Identifier: Apache-2.0
// How a process waits for its scheduler's driver: the ground that sockets are built on. Handles belong to the driver of
// the scheduler where they were adopted and are used by processes of that scheduler; one that a process owns is closed
// when that dies, before its exit signals leave.
//
//   io::result got = co_await receive_from(connection);       // error, or data; empty data: the peer has ended
//   io::result sent = co_await send_to(connection, got.data);
//
// Inside a process only. Resumed by its own scheduler, from its driver's poll. Errors are in the result (errno): EBADF
// for a closed handle, EALREADY for a second reader or writer. A killed process, or the loser of a race, leaves nothing
// with the kernel: what was in flight is the driver's, and a connection that was accepted meanwhile is closed.
#pragma once

#include <dialtone/io/driver.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

class io_wait : public plain_wait, public io::operation {
 public:
  /// At the driver of the caller's scheduler.
  explicit io_wait(io::handle target) : io_wait{of_scheduler(), target} {}
  io_wait(io::driver& driver, io::handle target) : io::operation{&completed}, driver_{driver}, target_{target} {}
  ~io_wait() {
    if (in_flight || done_.accepted) abandon();
  }
  io::result await_resume() {
    process = nullptr;
    return std::exchange(done_, {});
  }
  void await_suspend(std::coroutine_handle<> coroutine) {
    this_core->suspend(*this, coroutine);
    if (!in_flight) this_core->make_ready(*process, *this);
  }

 protected:
  io::driver& driver() { return driver_; }

  io::driver& driver_;
  io::handle target_;
  io::result done_;

 private:
  static io::driver& of_scheduler();
  static void completed(io::operation& operation, io::result&& done);
  void abandon();
};

struct accept_wait : io_wait {
  using io_wait::io_wait;
  bool await_ready() { return driver().accept(target_, *this, done_) && this_core->may_continue(); }
};

struct connect_wait : io_wait {
  connect_wait(io::handle from, const io::socket_name& to) : io_wait{from}, to_{to} {}
  connect_wait(io::driver& driver, io::handle from, const io::socket_name& to) : io_wait{driver, from}, to_{to} {}
  bool await_ready() { return driver().connect(target_, to_, *this, done_) && this_core->may_continue(); }

 private:
  io::socket_name to_;
};

struct receive_wait : io_wait {
  using io_wait::io_wait;
  bool await_ready() { return driver().receive(target_, *this, done_) && this_core->may_continue(); }
};

struct send_wait : io_wait {
  send_wait(io::handle target, bytes data) : io_wait{target}, data_{std::move(data)} {}
  bool await_ready() { return driver().send(target_, {&data_, 1}, *this, done_) && this_core->may_continue(); }

 private:
  bytes data_;
};

/// Waits for a connection; the accepted handle is nobody's until a process owns it.
[[nodiscard("an accept must be awaited")]] inline accept_wait accept_from(io::handle listener) {
  return accept_wait{listener};
}
/// Done when the connection is up, or has failed.
[[nodiscard("a connect must be awaited")]] inline connect_wait connect_from(io::handle from,
                                                                            const io::socket_name& to) {
  return {from, to};
}
/// At another driver of the scheduler's.
[[nodiscard("a connect must be awaited")]] inline connect_wait connect_from(io::driver& driver, io::handle from,
                                                                            const io::socket_name& to) {
  return {driver, from, to};
}
/// Waits for data: at least a byte, and at most what a receive buffer holds (64 KiB).
[[nodiscard("a receive must be awaited")]] inline receive_wait receive_from(io::handle from) {
  return receive_wait{from};
}
/// Done when the kernel has taken all of `data`.
[[nodiscard("a send must be awaited")]] inline send_wait send_to(io::handle to, bytes data) {
  return send_wait{to, std::move(data)};
}

/// Gives an open, non-blocking descriptor to the driver of the caller's scheduler. Throws std::system_error when the
/// kernel cannot watch it; then it stays the caller's.
io::handle adopt_descriptor(int descriptor);
/// Makes the caller the owner: the handle is closed when it dies.
void own_handle(io::handle owned);

}  // namespace dialtone::detail

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::io::handle> = true;
