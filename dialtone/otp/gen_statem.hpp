// SPDX-License-Identifier: Apache-2.0
// gen_statem: a state machine as a process: what an event does depends on the state. All of gen_server holds: how it is
// started, called, stopped and looked into; requests are types, infos are listed. But there is one handler, of events:
//
//   enum class door_state { locked, open };
//   class door : public dt::gen_statem<door, door_state> {
//    public:
//     struct button { char digit; };                                       // a cast
//     struct times_opened { using reply = int; };                          // a call
//     door() : gen_statem{door_state::locked} {}
//     void handle_enter(door_state now, door_state before);                // if it is there: of each new state
//     void handle_event(door_state now, const button& pressed) {
//       if (now == door_state::locked && is_right(pressed)) {
//         next_state(door_state::open);
//         set_state_timeout(10s);
//       }
//     }
//     void handle_event(door_state, const dt::state_timeout&) { next_state(door_state::locked); }
//     int handle_event(door_state, const times_opened&) { return opened_; }   // or void, with a dt::reply_to<int> from
//   };
//
// State functions: the state is a std::variant of structs, and an overload of handle_event takes one of them. An event
// that some state has no handler for does not compile; a template handler is the one for all other states.
//
// A handler is a plain function or a coroutine (dt::task<>). It says what shall happen when it returns: next_state,
// repeat_state, postpone, next_event, time-outs, stop. Without a word the state stays as it is. Replies leave at once.
// The order of all that is gen_statem(3)'s: see statem_machine.hpp.
#pragma once

#include <concepts>
#include <stdexcept>
#include <variant>

#include <dialtone/otp/gen_server.hpp>
#include <dialtone/otp/statem_machine.hpp>

namespace dialtone {

/// The event of a state time-out that was set without one of its own; and so on.
struct state_timeout {};
struct event_timeout {};
struct named_timeout {
  std::string name;
};

namespace detail {

template <class Type>
inline constexpr bool is_variant = false;
template <class... Types>
inline constexpr bool is_variant<std::variant<Types...>> = true;

/// Calls `handler(state)`, or with the alternative that a variant holds.
template <class State, class Handler>
decltype(auto) with_state(State& state, Handler&& handler) {
  if constexpr (is_variant<State>)
    return std::visit(std::forward<Handler>(handler), state);
  else
    return handler(state);
}

template <class Handler>
std::optional<task<>> run_handler(Handler&& handler) {
  if constexpr (is_task<decltype(handler())>) {
    return handler();
  } else {
    handler();
    return std::nullopt;
  }
}

}  // namespace detail

template <class Self, class State>
class gen_statem : public gen_server<Self> {
  static_assert(std::equality_comparable<State>, "dialtone: the states of a gen_statem must be comparable with ==");

 protected:
  explicit gen_statem(State first)
      : machine_{detail::server_access::loop(*this), hooks_, static_cast<Self*>(this)}, state_{std::move(first)} {
    this->continue_with(begin{});
  }
  ~gen_statem() = default;

  const State& state() const { return state_; }

  /// From the end of this handler on.
  void next_state(State next) {
    if (machine_.is_entering()) throw std::logic_error{"handle_enter may not change the state"};
    next_ = std::move(next);
  }
  /// Calls handle_enter again, though the state stays.
  void repeat_state() { machine_.repeat(); }
  /// The event comes again when the state has changed. A call that is postponed is replied then.
  void postpone() { machine_.postpone(); }
  /// An event to be handled before all others; several keep their order.
  template <class Event>
  void next_event(Event event) {
    machine_.insert(make_event(std::move(event)));
  }

  // A time-out comes after a time, or at a point of time, on the clock of dt::now(): at once when that has passed.

  /// Ends with the state: cancelled when that changes.
  template <class Event = state_timeout>
  void set_state_timeout(duration limit, Event event = {}) {
    set_state_timeout(after_delay(now(), limit), std::move(event));
  }
  template <class Event = state_timeout>
  void set_state_timeout(time_point deadline, Event event = {}) {
    set(detail::statem_timer::state, {}, deadline, std::move(event));
  }
  void cancel_state_timeout() { machine_.cancel_timer(detail::statem_timer::state, {}); }
  /// Another event for a time-out that runs; if none does, the event comes at once.
  template <class Event>
  void update_state_timeout(Event event) {
    machine_.update_timer(detail::statem_timer::state, {}, make_event(std::move(event)));
  }

  /// Cancelled by any event.
  template <class Event = event_timeout>
  void set_event_timeout(duration limit, Event event = {}) {
    set_event_timeout(after_delay(now(), limit), std::move(event));
  }
  template <class Event = event_timeout>
  void set_event_timeout(time_point deadline, Event event = {}) {
    set(detail::statem_timer::event, {}, deadline, std::move(event));
  }
  void cancel_event_timeout() { machine_.cancel_timer(detail::statem_timer::event, {}); }
  template <class Event>
  void update_event_timeout(Event event) {
    machine_.update_timer(detail::statem_timer::event, {}, make_event(std::move(event)));
  }

  /// Goes on whatever happens, until it is cancelled or set again: one for each name.
  void set_timeout(std::string name, duration limit) { set_timeout(std::move(name), after_delay(now(), limit)); }
  void set_timeout(std::string name, time_point deadline) {
    named_timeout event{name};
    set_timeout(std::move(name), deadline, std::move(event));
  }
  template <class Event>
  void set_timeout(std::string name, duration limit, Event event) {
    set_timeout(std::move(name), after_delay(now(), limit), std::move(event));
  }
  template <class Event>
  void set_timeout(std::string name, time_point deadline, Event event) {
    set(detail::statem_timer::named, std::move(name), deadline, std::move(event));
  }
  void cancel_timeout(std::string name) { machine_.cancel_timer(detail::statem_timer::named, std::move(name)); }
  template <class Event>
  void update_timeout(std::string name, Event event) {
    machine_.update_timer(detail::statem_timer::named, std::move(name), make_event(std::move(event)));
  }

 public:
  // What the loop of gen_server calls: all becomes events.
  struct begin {};
  void handle_continue(begin) { machine_.begin(); }
  template <class Request>
    requires detail::names_reply<Request>
  void handle_call(Request request, reply_to<typename Request::reply> from) {
    machine_.accept(std::make_unique<call_event<Request>>(std::move(request), from));
  }
  template <class Request>
  void handle_cast(Request request) {
    machine_.accept(make_event(std::move(request)));
  }
  template <class Message>
  void handle_info(Message message) {
    machine_.accept(make_event(std::move(message)));
  }

 private:
  template <class Event>
  class plain_event final : public detail::statem_event {
   public:
    explicit plain_event(Event event) : event_{std::move(event)} {}
    std::optional<task<>> deliver(void* self) override {
      auto& machine = *static_cast<Self*>(self);
      return detail::with_state(access(machine).state_, [&](auto& state) {
        constexpr bool handled = requires { machine.handle_event(state, std::as_const(event_)); };
        static_assert(handled, "dialtone: a state has no public handle_event(state, event) for this event");
        if constexpr (handled)
          return detail::run_handler([&] { return machine.handle_event(state, std::as_const(event_)); });
        else
          return std::optional<task<>>{};
      });
    }

   private:
    Event event_;
  };

  template <class Request>
  class call_event final : public detail::statem_event {
    using reply_type = typename Request::reply;

   public:
    call_event(Request request, reply_to<reply_type> from) : request_{std::move(request)}, from_{from} {}
    std::optional<task<>> deliver(void* self) override {
      auto& machine = *static_cast<Self*>(self);
      return detail::with_state(access(machine).state_, [&](auto& state) -> std::optional<task<>> {
        if constexpr (requires { machine.handle_event(state, std::as_const(request_), from_); }) {
          return detail::run_handler([&] { return machine.handle_event(state, std::as_const(request_), from_); });
        } else {
          constexpr bool handled = requires { machine.handle_event(state, std::as_const(request_)); };
          static_assert(handled,
                        "dialtone: a state has no public handle_event(state, request) or handle_event(state, request, "
                        "dialtone::reply_to<request::reply> from) for this call");
          if constexpr (handled)
            return reply_with(machine, [&] { return machine.handle_event(state, std::as_const(request_)); });
          else
            return std::nullopt;
        }
      });
    }

   private:
    template <class Handler>
    std::optional<task<>> reply_with(Self& machine, Handler&& handler) {
      if constexpr (detail::is_task<decltype(handler())>) {
        return reply_later(&access(machine), handler(), from_);
      } else if constexpr (std::is_void_v<reply_type>) {
        handler();
        if (!access(machine).machine_.is_postponed()) reply(from_);
      } else {
        auto value = handler();
        if (!access(machine).machine_.is_postponed()) reply(from_, std::move(value));
      }
      return std::nullopt;
    }
    static task<> reply_later(gen_statem* machine, task<reply_type> work, reply_to<reply_type> from) {
      if constexpr (std::is_void_v<reply_type>) {
        co_await work;
        if (!machine->machine_.is_postponed()) reply(from);
      } else {
        auto value = co_await work;
        if (!machine->machine_.is_postponed()) reply(from, std::move(value));
      }
    }
    Request request_;
    reply_to<reply_type> from_;
  };

  static gen_statem& access(Self& self) { return self; }
  template <class Event>
  static detail::event_owner make_event(Event event) {
    return std::make_unique<plain_event<Event>>(std::move(event));
  }
  template <class Event>
  void set(detail::statem_timer kind, std::string name, time_point deadline, Event event) {
    machine_.set_timer(kind, std::move(name), deadline, make_event(std::move(event)));
  }

  static bool change(void* self) {
    gen_statem& made = *static_cast<Self*>(self);
    made.before_.reset();
    if (!made.next_) return false;
    const bool changed = !(*made.next_ == made.state_);
    if (changed) made.before_ = std::exchange(made.state_, std::move(*made.next_));
    made.next_.reset();
    return changed;
  }
  static std::optional<task<>> enter(void* self) {
    Self& user = *static_cast<Self*>(self);
    gen_statem& made = user;
    const State& before = made.before_ ? *made.before_ : made.state_;
    return detail::with_state(made.state_, [&](auto& state) -> std::optional<task<>> {
      if constexpr (requires { user.handle_enter(state, before); })
        return detail::run_handler([&] { return user.handle_enter(state, before); });
      else
        return std::nullopt;
    });
  }
  static constexpr detail::statem_machine::hooks hooks_{&change, &enter};

  detail::statem_machine machine_;
  State state_;
  std::optional<State> next_;
  std::optional<State> before_;
};

}  // namespace dialtone
