// SPDX-License-Identifier: Apache-2.0
// Answers: the caller makes the place for one, sends its address in a message, and waits for it. An answer does not
// pass through the mailbox: it is found in O(1) however long that is, and one that comes too late vanishes.
//
//   dt::pending_reply<int> answer{server};                      // watches the server meanwhile
//   dt::send(server, add{1, 2, answer.address()});
//   std::expected<int, dt::exit_reason> sum = co_await answer.within(5s);
//   ...
//   dt::reply(request.reply, request.left + request.right);     // in the server, or wherever it has sent the address
//
// The failure is `timeout`, `noproc`, the exit reason of the server, or `overloaded` when a message with a member
// `reply` was refused at a full mailbox. Resumed by the caller's scheduler.
#pragma once

#include <expected>
#include <optional>
#include <variant>

#include <dialtone/base/sendable.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {

/// Where an answer of type Reply, or void, goes. A value: it may be stored, and sent on to whoever shall answer.
template <class Reply>
struct reply_to {
  pid caller;
  reference name;
};

namespace detail {

struct pending_reply_base {
  pending_reply_base();
  ~pending_reply_base();
  pending_reply_base(const pending_reply_base&) = delete;
  pending_reply_base& operator=(const pending_reply_base&) = delete;
  /// From now on the death of `server` is the failure. Once.
  void watch(pid server);
  /// The same for the process `caller`, to which this belongs, also where that does not run.
  void watch_for(pid caller, pid server);
  bool complete() const { return arrived != nullptr || failure.has_value(); }
  /// What comes from now on comes too late.
  void settle() {
    if (open) close();
  }
  void close();

  reference name;
  signal* arrived = nullptr;
  std::optional<exit_reason> failure;
  waiter* waiting = nullptr;
  /// Told of the completion in place of `waiting`: for who waits for several.
  void (*completed)(pending_reply_base&) = nullptr;
  bool open = true;

  // The watch over the server. One of this scheduler keeps a list of its callers; one of another is sent a monitor.
  pid remote_server;
  pending_reply_base* next_caller = nullptr;
  pending_reply_base** caller_link = nullptr;  // what points to this one in the list
  void stop_watching();
};

class reply_wait : public plain_wait {
 public:
  reply_wait(pending_reply_base& pending, duration limit) : pending_{pending}, timer_{limit} {}
  ~reply_wait() { pending_.waiting = nullptr; }
  bool await_ready() { return pending_.complete() && this_core->may_continue(); }
  void await_suspend(std::coroutine_handle<> coroutine);

 protected:
  pending_reply_base& pending_;

 private:
  static void time_is_up(waiter& waiting);
  wait_timer timer_;
};

template <class Reply>
struct reply_signal : signal {
  reply_signal(reference name, Reply value);
  reference name;
  Reply value;
};

/// What travels for an answer of type Reply: a void one is still said.
template <class Reply>
using answer_of = std::conditional_t<std::is_void_v<Reply>, std::monostate, Reply>;

void handle_reply(scheduler& home, process_block*, signal* taken, reference name);
template <class Reply>
inline constexpr signal_type reply_type{
    [](scheduler& home, process_block* receiver, signal* taken) {
      handle_reply(home, receiver, taken, static_cast<reply_signal<Reply>*>(taken)->name);
    },
    &destroy_signal<reply_signal<Reply>>, sizeof(reply_signal<Reply>), &type_name<Reply>};
template <class Reply>
reply_signal<Reply>::reply_signal(reference name, Reply value)
    : signal{&reply_type<Reply>, {}, {}}, name{name}, value{std::move(value)} {}

template <class Reply>
class typed_reply_wait : public reply_wait {
 public:
  using reply_wait::reply_wait;
  std::expected<Reply, exit_reason> await_resume() {
    process = nullptr;
    pending_.settle();
    if (pending_.arrived == nullptr) return std::unexpected{std::move(*pending_.failure)};
    if constexpr (std::is_void_v<Reply>)
      return {};
    else
      return std::move(static_cast<reply_signal<Reply>*>(pending_.arrived)->value);
  }
};

void send_reply(pid caller, signal& sent, reference name);
void refuse_reply(core& home, pid caller, reference name);

template <class Type>
concept carries_reply_address = requires(Type& value) { []<class Reply>(const reply_to<Reply>&) {}(value.reply); };

template <carries_reply_address Type>
inline constexpr void (*refusal_of<Type>)(core&, signal*) = [](core& home, signal* refused) {
  auto& address = static_cast<message<Type>*>(refused)->value.reply;
  refuse_reply(home, address.caller, address.name);
};

}  // namespace detail

/// The place for one answer, in the caller. Going out of scope, it takes the address out of use.
template <class Reply>
class pending_reply {
 public:
  /// Fails with the exit reason when `server` dies before it has answered; without a server, only the time limit ends
  /// it.
  explicit pending_reply(pid server = {}) {
    if (server) pending_.watch(server);
  }
  /// For a server that is not known before: its death from now on is the failure.
  void watch(pid server) { pending_.watch(server); }

  reply_to<Reply> address() const { return {self(), pending_.name}; }

  /// Waits for at most `limit`.
  [[nodiscard("a wait must be awaited")]] detail::typed_reply_wait<Reply> within(duration limit) {
    return {pending_, limit};
  }

 private:
  static pid self() { return detail::calling_process().self(); }
  detail::pending_reply_base pending_;
};

/// Answers. The first answer counts; one to a caller that has stopped waiting vanishes.
template <class Reply>
void reply(reply_to<Reply> to, std::type_identity_t<Reply> value) {
  detail::check_sendable<Reply>();
  detail::calling_core();
  detail::send_reply(to.caller, *detail::make_signal<detail::reply_signal<Reply>>(to.name, std::move(value)), to.name);
}
/// An answer without a value: that it is done.
inline void reply(reply_to<void> to) {
  detail::calling_core();
  using sent = detail::reply_signal<std::monostate>;
  detail::send_reply(to.caller, *detail::make_signal<sent>(to.name, std::monostate{}), to.name);
}

template <class Reply>
inline constexpr bool enable_sendable<reply_to<Reply>> = true;

}  // namespace dialtone
