// SPDX-License-Identifier: Apache-2.0
// connection_handler: a connection of a listener as a class of callbacks, for protocols that react to what comes.
//
//   class shouter : public dt::connection_handler<shouter> {
//    public:
//     explicit shouter(std::string greeting) : greeting_{std::move(greeting)} {}
//     dt::task<> handle_connection() { co_await socket().send(greeting_); }
//     dt::task<dt::connection_next> handle_data(dt::bytes line) {
//       if (line == "bye\n") co_return dt::connection_next::close();
//       co_await socket().send(in_capitals(line));
//       co_return dt::connection_next::go_on();
//     }
//    private:
//     std::string greeting_;
//   };
//   dt::connection<shouter>("hello\n")
//
// A handler may have, all of them public:
//   handle_connection()     at the beginning; also reads by itself, if it wants to
//   handle_data(bytes)      a packet, as the socket's options cut them; without it what comes is dropped
//   handle_info(message)    ordinary messages of the types in `using infos = dt::messages<tick, dt::down>`; any other
//                           is logged and dropped
//   handle_timeout()        the peer has sent nothing for the listener's idle_timeout
//   handle_shutdown()       the listener drains, or ends
//   handle_close()          the peer has ended the connection
//   handle_error(net_error) it has broken
// Each is a plain function or a coroutine (dt::task<...>) that returns nothing or a connection_next; the next event
// waits until it has finished. Of the first three nothing is connection_next::go_on(); after timeout and shutdown it is
// close(), as where they are missing: a handler that still has something to do returns go_on(), and after a shutdown
// has as long as the listener's drain. After close and error it ends anyhow. At the end the socket closes, and what was
// sent still goes out. Its process traps exits; one that comes from another process than the listener's ends it as if
// it did not, unless its infos have dt::exited.
//
// The time of idle_timeout begins when a callback for data has finished, and again when bytes have come that are no
// whole packet yet. What is sent, and other messages, do not count.
#pragma once

#include <concepts>
#include <optional>
#include <utility>

#include <dialtone/net/connection.hpp>
#include <dialtone/otp/gen_server.hpp>
#include <dialtone/otp/time_limit.hpp>

namespace dialtone {

/// What a callback of a handler wants to happen next.
class connection_next {
 public:
  /// Wait for the next event.
  static connection_next go_on() { return {}; }
  /// End in order.
  static connection_next close() { return connection_next{true, std::nullopt}; }
  /// Another one serves the connection from now on, in this process: another protocol over the same socket, or over
  /// the one that has been made of it.
  static connection_next switch_to(connection_spec other, stream::socket over = {}) {
    return connection_next{false, successor{std::move(other), over}};
  }

 private:
  friend class detail::connection_loop;
  struct successor {
    connection_spec serve;
    stream::socket socket;
  };
  connection_next() = default;
  connection_next(bool ends, std::optional<successor> next) : ends_{ends}, next_{std::move(next)} {}

  bool ends_ = false;
  std::optional<successor> next_;
};

namespace detail {

/// The process of a handler waits, and keeps its time. Not for users.
class connection_loop {
 public:
  void begin(stream::socket socket, duration idle_timeout);
  stream::socket socket() const { return socket_; }
  void set_idle_timeout(duration limit) { idle_timeout_ = limit; }

  // What a callback has returned; `event` says what nothing means.
  enum class event : std::uint8_t { ordinary, question, end };
  void take(event of, connection_next next);
  void take(event of);
  /// A callback that is a coroutine is awaited by the loop.
  void begin_work(task<> work) { work_.emplace(std::move(work)); }
  bool has_work() const { return work_.has_value(); }
  task<> take_work();

  bool goes_on() const { return !ends_; }
  /// Ready for the next packet. The error when the socket is not.
  std::expected<void, net_error> arm();
  /// Who goes on with the socket; null: nobody.
  std::optional<process<>> successor() const;

  class next_event;
  [[nodiscard("a wait must be awaited")]] next_event next();
  bool is_own(const signal& arrived) const;
  bool is_shutdown(const signal& arrived) const;
  /// Of a message that nobody has a handler for.
  void unexpected(const signal& arrived);
  /// Nothing has come, not even a part of a packet.
  bool is_idle();
  void has_read() { armed_ = false; }

 private:
  std::uint64_t received() const;

  stream::socket socket_;
  duration idle_timeout_ = infinity;
  time_point deadline_{};
  std::uint64_t received_ = 0;  // bytes, when the deadline was set
  bool armed_ = false;
  bool ends_ = false;
  std::optional<connection_next::successor> next_;
  std::optional<task<>> work_;
};

/// The next message; none when the time is up.
class connection_loop::next_event : public mailbox_wait {
 public:
  explicit next_event(time_point deadline) : mailbox_wait{&every_message}, deadline_{deadline}, timer_{infinity} {}
  void await_suspend(std::coroutine_handle<> coroutine);
  taken_signal await_resume() {
    process = nullptr;
    return taken_signal{std::exchange(taken, nullptr)};
  }

 private:
  static void time_is_up(waiter& waiting);
  time_point deadline_;
  wait_timer timer_;
};

struct handler_access {
  template <class Handler>
  static connection_loop& loop(Handler& handler) {
    return handler.loop_;
  }
};

}  // namespace detail

template <class Self>
class connection_handler {
 public:
  connection_handler(const connection_handler&) = delete;
  connection_handler& operator=(const connection_handler&) = delete;

 protected:
  connection_handler() = default;
  ~connection_handler() = default;

  /// Not in the constructor, which runs before.
  stream::socket socket() const { return loop_.socket(); }
  /// In place of the listener's, from the next wait on.
  void set_idle_timeout(duration limit) { loop_.set_idle_timeout(limit); }

 private:
  friend detail::handler_access;
  detail::connection_loop loop_;
};

}  // namespace dialtone

#include <dialtone/net/connection_handler_process.hpp>  // IWYU pragma: export
