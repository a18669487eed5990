// SPDX-License-Identifier: Apache-2.0
// What all behaviours (gen_server, gen_statem, supervisor) have in common: a loop that takes one message after the
// other, serves requests, and obeys the operations of sys.hpp. Not for users: they derive from gen_server and its like.
//
// A request is a signal whose type knows what to do with it in the server (signal_type::serve), so the loop needs no
// table of types. A handler that is a coroutine leaves its task here; the loop awaits it before the next message.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <dialtone/otp/behaviour_debug.hpp>
#include <dialtone/otp/start.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::detail {

/// One for each class of servers: its address tells whose requests a server serves.
struct behaviour_type {
  std::string_view name;
  /// The state as text, for sys::get_state.
  std::string (*state)(const void* server);
};

/// Owns a signal that has been taken out of the mailbox.
class taken_signal {
 public:
  explicit taken_signal(signal* taken) : taken_{taken} {}
  taken_signal(taken_signal&& other) noexcept : taken_{std::exchange(other.taken_, nullptr)} {}
  taken_signal& operator=(taken_signal&&) = delete;
  ~taken_signal() {
    if (taken_ != nullptr) destroy(taken_);
  }
  explicit operator bool() const { return taken_ != nullptr; }
  signal& operator*() const { return *taken_; }
  signal* operator->() const { return taken_; }

 private:
  signal* taken_;
};

class behaviour {
 public:
  behaviour(const behaviour_type& type, void* self) : type_{type}, self_{self} {}
  behaviour(const behaviour&) = delete;
  behaviour& operator=(const behaviour&) = delete;
  ~behaviour();

  const behaviour_type& type() const { return type_; }
  /// The object of the user's class.
  void* self() const { return self_; }

  // For the loop.
  bool goes_on() const { return !stopping_; }
  /// It is up: tells the starter, who is the parent if they are linked.
  void begun(const start_ticket& ticket);
  /// Serves a request; false for any other message. Afterwards there may be work to be awaited.
  bool serve(signal& arrived) {
    handling_ = arrived.type;
    if (debug_ != nullptr) [[unlikely]]
      debug_->note_message(*this, arrived);
    if (arrived.type->serve == nullptr) return false;
    arrived.type->serve(*this, arrived);
    return true;
  }
  /// No message came in time.
  void time_is_up() { handling_ = nullptr; }
  bool has_work() const { return work_.has_value(); }
  task<> take_work() {
    task<> work = std::move(*work_);
    work_.reset();
    return work;
  }
  /// True for the exit signal of the parent, which ends a behaviour that traps exits.
  bool is_end_of_parent(const signal& arrived);
  bool is_exit_of_parent(const signal& arrived) const;
  /// What nobody has a handler for is logged.
  void unexpected(const signal& arrived);
  /// Ends the process with the reason to stop for, unless that is `normal`.
  void end();
  const exit_reason& reason() const { return reason_; }
  /// The exception that is being handled has left a handler: it is the reason to end. That of the process's own
  /// exit(reason) is taken back, so that terminate() may wait; one that was killed meanwhile throws on.
  void fail();

  // For requests and handlers.
  void stop(exit_reason reason);
  void begin(task<> work) { work_.emplace(std::move(work)); }
  /// `next` is the next message, before all that have arrived.
  void handle_next(signal* next);
  /// The next of those, if there is one.
  signal* take_next();
  void set_timeout(duration limit) { timeout_ = limit; }
  void replied(pid caller) {
    if (debug_ != nullptr) [[unlikely]]
      debug_->note_reply(*this, caller);
  }
  void suspend(bool suspended) { suspended_ = suspended; }
  behaviour_debug& debug();
  bool is_watched() const { return debug_ != nullptr; }
  void forget_debug() { debug_.reset(); }
  void forget_debug_if_idle();
  pid parent() const { return parent_; }
  bool is_suspended() const { return suspended_; }
  bool serves(const behaviour_type& asked, const signal& request);

 private:
  friend class next_message;
  const behaviour_type& type_;
  void* self_;
  pid parent_;
  const signal_type* handling_ = nullptr;  // what the last handler was called for; null: its time limit
  bool stopping_ = false;
  bool suspended_ = false;
  bool crashed_ = false;
  exit_reason reason_;
  duration timeout_ = duration::max();
  signal* first_ = nullptr;  // to be handled before the mailbox
  signal** last_ = &first_;
  std::optional<task<>> work_;
  std::unique_ptr<behaviour_debug> debug_;
};

/// Waits for the next message of a behaviour; none when its time limit is over first.
class next_message : public mailbox_wait {
 public:
  explicit next_message(behaviour& server) : mailbox_wait{&every_message}, server_{server} {
    if (server.suspended_) [[unlikely]]
      wait_while_suspended();
  }
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine);
  taken_signal await_resume();

 private:
  void wait_while_suspended();
  static bool is_for_suspended(receiver& waiting, const signal& arrived);
  static void time_is_up(waiter& waiting);

  behaviour& server_;
  bool is_continue_ = false;
  std::unique_ptr<wait_timer> timer_;
};

template <class Server>
std::string state_of(const void* server) {
  if constexpr (requires(const Server& made) { std::string{made.format_status()}; })
    return std::string{static_cast<const Server*>(server)->format_status()};
  else
    return std::string{type_name<Server>()} + " (it has no format_status)";
}

template <class Server>
inline constexpr behaviour_type server_type{type_name<Server>(), &state_of<Server>};

}  // namespace dialtone::detail
