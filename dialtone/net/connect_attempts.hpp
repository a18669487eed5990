// SPDX-License-Identifier: Apache-2.0
// Connects that are under way at the same time, to several addresses of one host. They live in the frame of who
// connects: what nobody has taken when that goes away is cancelled and closed. For the room net only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/net_error.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

class connect_attempts {
 public:
  /// Until an attempt has ended, or a time has come.
  class change_wait : public plain_wait {
   public:
    change_wait(connect_attempts& of, time_point until) : of_{of}, until_{until} {}
    ~change_wait() { of_.waiting_ = nullptr; }
    bool await_ready() const { return of_.has_changed_ && this_core->may_continue(); }
    void await_suspend(std::coroutine_handle<> coroutine);
    void await_resume();
    void end();

   private:
    connect_attempts& of_;
    time_point until_;
    wait_timer timer_{duration::zero()};
  };

  explicit connect_attempts(io::driver& driver) : driver_{driver} {}
  connect_attempts(const connect_attempts&) = delete;
  ~connect_attempts();

  /// Takes the handle, which is open and not connected.
  void begin(io::handle from, const socket_address& to);
  /// One that could not begin.
  void fail(net_error why) { errors_.push_back(std::move(why)); }
  [[nodiscard("a change must be awaited")]] change_wait change(time_point until) { return {*this, until}; }

  bool under_way() const { return !attempts_.empty(); }
  /// In the order in which they failed.
  const std::vector<net_error>& errors() const { return errors_; }
  bool is_connected() const { return static_cast<bool>(connected_); }
  /// The first connection that is up; the caller's from now on.
  io::handle take_connected() { return std::exchange(connected_, {}); }

 private:
  struct attempt : io::operation {
    attempt(connect_attempts& of, io::handle from, socket_address to)
        : io::operation{&ended}, of{of}, from{from}, to{std::move(to)} {}
    static void ended(io::operation& operation, io::result&& done);

    connect_attempts& of;
    io::handle from;
    socket_address to;
  };

  void end(attempt& ended, int error);

  io::driver& driver_;
  std::vector<std::unique_ptr<attempt>> attempts_;  // under way
  std::vector<net_error> errors_;
  io::handle connected_;
  bool has_changed_ = false;  // since the last wait
  change_wait* waiting_ = nullptr;
};

}  // namespace dialtone::detail
