// SPDX-License-Identifier: Apache-2.0
// The engine behind gen_statem: which event comes next, what happens between two events, and the timers. It knows
// neither the type of the state nor those of events. Not for users.
//
// One event at a time, in this order (gen_statem(3)): the handler; if the state has changed, its time-out is cancelled;
// the call of handle_enter; if the state has changed, postponed events come again, oldest first; before them what
// next_event has inserted; behind them, and before what has not arrived yet, time-outs of zero.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/otp/behaviour.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

/// An event with what it carries.
class statem_event {
 public:
  virtual ~statem_event() = default;
  /// Calls the handler of `self`, an object of the user's class; what it returns must be awaited.
  virtual std::optional<task<>> deliver(void* self) = 0;
};
using event_owner = std::unique_ptr<statem_event>;

enum class statem_timer : std::uint8_t { event, state, named };

class statem_machine {
 public:
  /// What the machine asks of the user's class.
  struct hooks {
    /// Makes the next state the state, and says whether it is another one.
    bool (*change)(void* self);
    /// Calls handle_enter.
    std::optional<task<>> (*enter)(void* self);
  };

  /// Postponed or inserted events that a machine may hold, and named timers: more is a machine that never gets on.
  static constexpr std::size_t limit = 65'536;

  statem_machine(behaviour& loop, const hooks& hooks, void* self) : loop_{loop}, hooks_{hooks}, self_{self} {}
  statem_machine(const statem_machine&) = delete;
  statem_machine& operator=(const statem_machine&) = delete;

  /// Handles an event that has come from outside, and all that follows from it.
  void accept(event_owner event);
  /// Enters the first state.
  void begin();
  /// A timer's message has come.
  void expired(std::uint64_t serial);

  // For handlers.
  void postpone();
  void insert(event_owner event);
  void repeat() { repeats_ = true; }
  void set_timer(statem_timer kind, std::string name, time_point deadline, event_owner event);
  void update_timer(statem_timer kind, std::string name, event_owner event);
  void cancel_timer(statem_timer kind, std::string name);
  bool is_entering() const { return phase_ == phase::entered; }
  bool is_postponed() const { return postpones_; }

 private:
  enum class phase : std::uint8_t {
    idle,     ///< the next event, if there is one
    handled,  ///< the handler has returned
    entered,  ///< handle_enter has returned, or was not called
  };
  struct timer {
    statem_timer kind;
    std::string name;
    std::uint64_t serial;
    reference running;  // none: it is due
    event_owner event;
  };
  /// What a handler wants done with a timer, once it has returned.
  struct timer_request {
    enum class what : std::uint8_t { set, update, cancel };
    what wanted;
    statem_timer kind;
    std::string name;
    time_point deadline;
    event_owner event;
  };

  void run();
  task<> go_on(task<> work);
  std::optional<task<>> advance();
  std::optional<task<>> step();
  std::optional<task<>> deliver_next();
  std::optional<task<>> settle();
  void finish();
  void apply(timer_request& request);
  event_owner take_due();
  void stop(statem_timer kind, const std::string& name);
  std::vector<timer>::iterator find(statem_timer kind, const std::string& name);
  void refuse_in_enter(std::string_view what) const;
  void check_limit(std::size_t count);

  behaviour& loop_;
  const hooks& hooks_;
  void* self_;
  phase phase_ = phase::idle;
  bool postpones_ = false;
  bool repeats_ = false;
  bool changed_ = false;
  std::uint64_t last_serial_ = 0;
  event_owner current_;
  std::deque<event_owner> queue_;  // to be handled before what arrives
  std::deque<event_owner> postponed_;
  std::deque<event_owner> inserted_;
  std::vector<timer_request> requests_;
  std::vector<timer> timers_;
  std::size_t due_count_ = 0;  // time-outs of zero, to be handled after the queue and before what arrives
};

}  // namespace dialtone::detail
