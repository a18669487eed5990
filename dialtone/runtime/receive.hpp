// SPDX-License-Identifier: Apache-2.0
// receive: the next message of some types, and only of those; what does not match stays in the mailbox, in its order.
//
//   auto ask = co_await dt::receive<question>();                              // question
//   auto either = co_await dt::receive<ping, pong>();                         // std::variant<ping, pong>
//   auto soon = co_await dt::receive<ping>(dt::after(10ms));                  // std::optional<ping>, empty: time is up
//   auto mine = co_await dt::receive<ping>([&](const ping& p) { return p.from == peer; });
//
// A predicate takes one of the types by const reference and runs in the receiving process when the message arrives; for
// types that it cannot take, every message matches. The mailbox is searched once; a waiting receive tests only what is
// new. Resumed by its own scheduler. `after(0s)` takes what is there and never waits. What a predicate throws is thrown
// by the await; the message that it was asked about is the first of the mailbox then.
#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <type_traits>
#include <variant>

#include <dialtone/base/sendable.hpp>
#include <dialtone/runtime/core.hpp>
#include <dialtone/runtime/thrown.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {

/// A time limit for a receive, counted from the await.
struct after {
  explicit after(duration limit) : limit{limit} {}
  duration limit;
};

namespace detail {

struct any_message {};

/// While it lives, the current process is the one that a predicate belongs to, not the one that sends.
struct acting_as {
  explicit acting_as(process_block* process) : before{this_core->current} {
    if (process != nullptr) this_core->current = process;
  }
  ~acting_as() { this_core->current = before; }
  process_block* before;
};

/// Finds, waits for and takes the first message that is wanted. The non-template part of every receive.
class mailbox_wait : public receiver {
 public:
  using receiver::receiver;
  ~mailbox_wait() {
    if (process != nullptr) [[unlikely]]
      abandon();
  }
  bool await_ready() {
    core& here = *this_core;
    if (here.current->mailbox_first == nullptr) return false;
    search(here);
    return taken != nullptr && here.may_continue();
  }
  void await_suspend(std::coroutine_handle<> coroutine) {
    core& here = *this_core;
    here.suspend(*this, coroutine);
    if (taken != nullptr) return here.make_ready(*here.current, *this);
    receiver** last = &here.current->receivers;
    while (*last != nullptr) last = &(*last)->next_receiver;
    next_receiver = nullptr;
    *last = this;
  }

 protected:
  void search(core& here);
  void stop_waiting();
  void give_back() noexcept;

 private:
  void abandon() noexcept;
};

class timed_mailbox_wait : public mailbox_wait {
 public:
  template <class Wanted>
  timed_mailbox_wait(const Wanted& wanted, duration limit) : mailbox_wait{wanted}, timer_{limit} {}
  bool await_ready() {
    if (mailbox_wait::await_ready()) return true;
    return taken == nullptr && timer_.limit <= duration::zero() && this_core->may_continue();
  }
  void await_suspend(std::coroutine_handle<> coroutine) {
    mailbox_wait::await_suspend(coroutine);
    if (taken == nullptr) timer_.start_loosely(*this, &time_is_up);
  }

 private:
  static void time_is_up(waiter& waiting);
  wait_timer timer_;
};

template <bool Timed, class Filter, class... Types>
class receive_awaiter : public std::conditional_t<Timed, timed_mailbox_wait, mailbox_wait> {
  using base = std::conditional_t<Timed, timed_mailbox_wait, mailbox_wait>;
  static constexpr bool filtered = !std::is_same_v<Filter, any_message>;
  using one = typename decltype([] {
    if constexpr (sizeof...(Types) == 1)
      return (std::type_identity<Types>{}, ...);
    else
      return std::type_identity<std::variant<Types...>>{};
  }())::type;

 public:
  explicit receive_awaiter(Filter filter)
    requires(!Timed)
      : base{what()}, filter_{std::move(filter)} {}
  receive_awaiter(Filter filter, duration limit)
    requires(Timed)
      : base{what(), limit}, filter_{std::move(filter)} {}

  auto await_resume() {
    this->process = nullptr;
    if constexpr (filtered) {
      if (failure_.thrown) {
        this->give_back();
        std::rethrow_exception(failure_.thrown);
      }
    }
    if constexpr (Timed)
      return this->taken == nullptr ? std::optional<one>{} : std::optional<one>{unwrap()};
    else
      return unwrap();
  }

 private:
  struct nothing {};
  struct caught {
    std::exception_ptr thrown;
  };

  static constexpr bool by_type = sizeof...(Types) == 1 && !filtered;
  static auto what() {
    if constexpr (by_type)
      return (&message_type<Types>, ...);
    else
      return receiver::accept_function{&wanted};
  }

  static bool wanted(receiver& waiting, const signal& arrived) {
    if constexpr (filtered)
      return (static_cast<receive_awaiter&>(waiting).template accepts<Types>(arrived) || ...);
    else
      return ((arrived.type == &message_type<Types>) || ...);
  }

  template <class Type>
  bool accepts(const signal& arrived) {
    if (arrived.type != &message_type<Type>) return false;
    if constexpr (std::predicate<Filter&, const Type&>) {
      acting_as receiving{this->process};
      try {
        return static_cast<bool>(filter_(static_cast<const message<Type>&>(arrived).value));
      } catch (...) {
        // The predicate runs where the message arrives; what it throws belongs to the receiver, at its await.
        failure_.thrown = caught_exception();
        return true;
      }
    }
    return true;
  }

  one unwrap() {
    struct owner {
      signal* held;
      ~owner() {
        if constexpr (sizeof...(Types) == 1)
          destroy_signal<message<one>>(held);
        else
          destroy(held);
      }
    } owned{this->taken};
    if constexpr (sizeof...(Types) == 1) {
      return std::move(static_cast<message<one>*>(owned.held)->value);
    } else {
      std::optional<one> result;
      ((owned.held->type == &message_type<Types>
            ? void(
                  result.emplace(std::in_place_type<Types>, std::move(static_cast<message<Types>*>(owned.held)->value)))
            : void()),
       ...);
      return std::move(*result);
    }
  }

  [[no_unique_address]] Filter filter_;
  [[no_unique_address]] std::conditional_t<filtered, caught, nothing> failure_;
};

/// What a receive or a request returns that does not compile, so that the compiler has nothing more to say about it.
struct refused_wait : awaitable_base, std::suspend_never {
  any_message await_resume();
};

template <class... Types>
inline constexpr bool distinct = true;
template <class First, class... Rest>
inline constexpr bool distinct<First, Rest...> = (!std::is_same_v<First, Rest> && ...) && distinct<Rest...>;

/// Whether these types can be received; if not, the compiler says why.
template <class... Types>
consteval bool check_received() {
  constexpr bool some = sizeof...(Types) > 0;
  static_assert(some, "dialtone: name at least one type of message to receive");
  static_assert(distinct<Types...>, "dialtone: a receive names each type of message once");
  // Never called: what it says is said, and the answer here stays a constant.
  if constexpr (!(sendable<Types> && ...)) static_cast<void>([] { (check_sendable<Types>(), ...); });
  return some && distinct<Types...> && (sendable<Types> && ...);
}

template <class Predicate, class... Types>
consteval bool check_predicate() {
  constexpr bool time = std::is_convertible_v<Predicate, duration>;
  constexpr bool fits = (std::predicate<Predicate&, const Types&> || ...);
  static_assert(!time, "dialtone: a time limit is written receive<...>(dialtone::after(5ms))");
  static_assert(time || fits,
                "dialtone: the predicate of a receive takes one of its types by value or const reference, and returns "
                "a bool");
  return fits;
}

template <class Limit>
consteval bool check_limit() {
  static_assert(std::is_same_v<Limit, after>,
                "dialtone: a time limit is written dialtone::after(5ms), as the last argument");
  return std::is_same_v<Limit, after>;
}

}  // namespace detail

template <class... Types>
[[nodiscard("a receive must be awaited")]] auto receive() {
  if constexpr (detail::check_received<Types...>())
    return detail::receive_awaiter<false, detail::any_message, Types...>{detail::any_message{}};
  else
    return detail::refused_wait{};
}

template <class... Types>
[[nodiscard("a receive must be awaited")]] auto receive(after limit) {
  if constexpr (detail::check_received<Types...>())
    return detail::receive_awaiter<true, detail::any_message, Types...>{detail::any_message{}, limit.limit};
  else
    return detail::refused_wait{};
}

template <class... Types, class Predicate>
[[nodiscard("a receive must be awaited")]] auto receive(Predicate wanted) {
  if constexpr (detail::check_received<Types...>() && detail::check_predicate<Predicate, Types...>())
    return detail::receive_awaiter<false, Predicate, Types...>{std::move(wanted)};
  else
    return detail::refused_wait{};
}

template <class... Types, class Predicate, class Limit>
[[nodiscard("a receive must be awaited")]] auto receive(Predicate wanted, Limit limit) {
  if constexpr (!detail::check_limit<Limit>())
    return detail::refused_wait{};
  else if constexpr (detail::check_received<Types...>() && detail::check_predicate<Predicate, Types...>())
    return detail::receive_awaiter<true, Predicate, Types...>{std::move(wanted), limit.limit};
  else
    return detail::refused_wait{};
}

}  // namespace dialtone
