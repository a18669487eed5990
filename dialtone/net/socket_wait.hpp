// SPDX-License-Identifier: Apache-2.0
// How a process waits at a stream socket: to read at one of its own scheduler, or that comes there meanwhile, to send
// at any. Resumed by its own. A wait that is destroyed, by a kill or as the loser of a race, leaves what has arrived
// with the socket.
#pragma once

#include <dialtone/net/remote_request.hpp>
#include <dialtone/net/stream_socket.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

/// A wait with a time limit, whose request the socket completes: then `Request::result` is there. It is its own timer,
/// without the pointers by which a wait_timer finds its wait: each idle connection has one in its frame.
template <class Request>
class socket_wait : public plain_wait, public Request, private timer_node {
 public:
  ~socket_wait() {
    if (timer_node::is_set()) this_scheduler().wheel.remove(*this);
    forget();
  }
  void await_suspend(std::coroutine_handle<> coroutine) {
    this_core->suspend(*this, coroutine);
    if (this->result) return this_core->make_ready(*process, *this);
    if (limit() != duration::max()) this_scheduler().wheel.add_loosely(*this, limit());
  }
  auto await_resume() {
    process = nullptr;
    return *std::move(this->result);
  }

 protected:
  /// The arguments are those of the request.
  template <class... Arguments>
  socket_wait(reference socket, duration limit, Arguments&&... arguments)
      : Request{std::forward<Arguments>(arguments)...}, timer_node{&time_is_up}, socket_{socket} {
    set_limit(limit);
  }

  void fail(net_operation operation, net_error::code_type code) {
    this->result = std::unexpected{net_error{operation, code}};
  }
  /// Leaves the socket, or the wait for it.
  void leave(socket_table& table) {
    if (auto* found = table.template find<stream_socket>(socket_)) found->forget(*this);
    table.awaited.forget(socket_, this);
  }
  /// There is a result.
  void go_on() {
    if (timer_node::is_set()) this_scheduler().wheel.remove(*this);
    this_core->make_ready(*process, *this);
  }
  // It lies where the timer, once it is set, has its deadline.
  duration limit() const { return timer_node::deadline.time_since_epoch(); }
  void set_limit(duration limit) { timer_node::deadline = time_point{limit}; }
  /// When the time would have been up.
  time_point stop_timer() {
    if (!timer_node::is_set()) return never;
    scheduler& here = this_scheduler();
    here.wheel.anchor(here.now());
    here.wheel.remove(*this);
    return timer_node::deadline;
  }

  reference socket_;

 private:
  static void time_is_up(timer_node& timer);
  // Also where no process runs.
  stream_socket* waited_for() const { return socket_table::of(this_scheduler()).template find<stream_socket>(socket_); }
  void forget() {
    if (process != nullptr && !this->result) leave(socket_table::of(this_scheduler()));
  }
};

/// Until a socket is on the caller's scheduler, and may have gone again; or the reason why it does not come.
class socket_arrival : public plain_wait {
 public:
  explicit socket_arrival(reference socket) : socket_{socket} {}
  ~socket_arrival();
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine) {
    this_core->suspend(*this, coroutine);
    if (!waits_) this_core->make_ready(*process, *this);
  }
  std::optional<net_error::code_type> await_resume() {
    process = nullptr;
    return refused_;
  }

 private:
  reference socket_;
  std::optional<net_error::code_type> refused_;
  bool waits_ = false;
};

/// A wait to read.
template <class Request>
class reading_wait : public socket_wait<Request> {
 public:
  bool await_ready();

 protected:
  template <class... Arguments>
  reading_wait(reference socket, duration limit, Arguments... arguments)
      : socket_wait<Request>{socket, limit, arguments..., &completed} {}

 private:
  static void completed(recv_request& request) { static_cast<reading_wait&>(request).go_on(); }
  void begin(socket_table& table);
  static void socket_has_come(void* who, std::optional<net_error::code_type> refused);
};

class recv_wait : public reading_wait<recv_request> {
 public:
  recv_wait(reference socket, std::size_t length, duration limit) : reading_wait{socket, limit, length} {}
};

class http_recv_wait : public reading_wait<http_recv_request> {
 public:
  http_recv_wait(reference socket, duration limit) : reading_wait{socket, limit} {}
  std::expected<http_packet, net_error> await_resume() {
    if (recv_result taken = reading_wait::await_resume(); !taken) return std::unexpected{std::move(taken).error()};
    return std::move(line);
  }
};

/// A send that a process waits for.
struct awaited_send : send_request {
  using send_request::send_request;
  std::optional<send_result> result;
};

class stream_send_wait : public socket_wait<awaited_send> {
 public:
  stream_send_wait(reference socket, bytes data)
      : socket_wait{socket, duration::max(), std::move(data), &sent_or_moved} {}
  bool await_ready();

 private:
  static void sent_or_moved(send_request& request, send_result told);

  remote_send_handle elsewhere_;
};

// With it the frame of a process that echoes has 256 bytes, and that of an idle connection is the next larger block
// with one word more.
static_assert(sizeof(stream_send_wait) <= 176);

}  // namespace dialtone::detail
