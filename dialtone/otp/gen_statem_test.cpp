// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/gen_statem.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using strings = std::vector<std::string>;

enum class light { red, green, blue };
std::string name_of(light color) { return color == light::red ? "red" : color == light::green ? "green" : "blue"; }

class lamp;
// What a letter asks for: a plain function, which shares nothing.
struct steps {
  steps() = default;
  template <class Function>
  steps(Function function) : run{+function} {}  // NOLINT(google-explicit-constructor)
  void (*run)(lamp& machine) = nullptr;
};

}  // namespace
template <>
inline constexpr bool enable_sendable<steps> = true;
namespace {

// Writes down all that happens to it; what it shall do with a letter is told in the letter.
class lamp : public gen_statem<lamp, light> {
 public:
  struct letter {
    std::string name;
    steps does = {};
  };
  struct written {
    using reply = strings;
  };
  struct ask {
    using reply = int;
    bool postponed_in_red = false;
  };
  struct ask_later {
    using reply = int;
  };
  struct inner {
    std::string name;
  };
  struct hint {
    std::string name;
  };
  using infos = messages<hint>;

  lamp() : gen_statem{light::red} {}

  void handle_enter(light now, light before) {
    note("enter " + name_of(now) + " from " + name_of(before));
    if (on_enter != nullptr) on_enter(*this);
  }
  void handle_event(light now, const letter& told) {
    note(name_of(now) + " " + told.name);
    if (told.does.run != nullptr) told.does.run(*this);
  }
  void handle_event(light now, const inner& told) { note(name_of(now) + " inner " + told.name); }
  void handle_event(light now, const hint& told) { note(name_of(now) + " hint " + told.name); }
  void handle_event(light now, const state_timeout&) { note(name_of(now) + " state_timeout"); }
  void handle_event(light now, const event_timeout&) { note(name_of(now) + " event_timeout"); }
  void handle_event(light now, const named_timeout& over) { note(name_of(now) + " timeout " + over.name); }
  strings handle_event(light, const written&) { return notes; }
  int handle_event(light now, const ask& asked) {
    if (now == light::red && asked.postponed_in_red) postpone();
    return static_cast<int>(now);
  }
  void handle_event(light, const ask_later&, reply_to<int> from) { waiting = from; }
  void terminate(exit_reason reason) { ended = to_string(reason); }
  std::string format_status() const { return name_of(state()); }

  void note(std::string what) { notes.push_back(std::move(what)); }

  // What the letters may do.
  using gen_server::stop;
  using gen_statem::cancel_event_timeout;
  using gen_statem::cancel_state_timeout;
  using gen_statem::cancel_timeout;
  using gen_statem::next_event;
  using gen_statem::next_state;
  using gen_statem::postpone;
  using gen_statem::repeat_state;
  using gen_statem::set_event_timeout;
  using gen_statem::set_state_timeout;
  using gen_statem::set_timeout;
  using gen_statem::state;
  using gen_statem::update_event_timeout;
  using gen_statem::update_state_timeout;
  using gen_statem::update_timeout;

  strings notes;
  void (*on_enter)(lamp& machine) = nullptr;
  std::optional<reply_to<int>> waiting;
  std::string ended;
};

void to_green(lamp& machine) { machine.next_state(light::green); }
void to_red(lamp& machine) { machine.next_state(light::red); }
void wait(lamp& machine) {
  if (machine.state() == light::red) machine.postpone();
}

task<strings> written(server<lamp> machine) { co_return co_await machine.call(lamp::written{}); }

class statem : public ::testing::Test {
 protected:
  void run(process<> (*scenario)(server<lamp>)) {
    auto machine = rt.call([]() -> task<server<lamp>> { co_return co_await start<lamp>(); });
    EXPECT_EQ(rt.run(scenario, machine), exit_reason::normal);
  }
  testing::stepped_runtime rt;
};

TEST_F(statem, enters_its_first_state_before_any_event) {
  run([](server<lamp> machine) -> process<> { EXPECT_EQ(co_await written(machine), (strings{"enter red from red"})); });
}

TEST_F(statem, handles_events_in_the_state_that_it_is_in) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"a"});
    machine.cast(lamp::letter{"b", to_green});
    machine.cast(lamp::letter{"c"});
    send(machine.pid(), lamp::hint{"d"});
    EXPECT_EQ(co_await machine.call(lamp::ask{}), 1);
    EXPECT_EQ(co_await written(machine),
              (strings{"enter red from red", "red a", "red b", "enter green from red", "green c", "green hint d"}));
  });
}

TEST_F(statem, the_same_state_again_is_no_change) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"a", to_red});
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red a"}));
  });
}

TEST_F(statem, a_repeated_state_is_entered_again_and_retries_nothing) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"wait", wait});
    machine.cast(lamp::letter{"again", [](lamp& m) { m.repeat_state(); }});
    EXPECT_EQ(co_await written(machine),
              (strings{"enter red from red", "red wait", "red again", "enter red from red"}));
  });
}

TEST_F(statem, postponed_events_come_again_after_a_change_oldest_first) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"one", wait});
    machine.cast(lamp::letter{"two", wait});
    machine.cast(lamp::letter{"go", to_green});
    machine.cast(lamp::letter{"last"});
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red one", "red two", "red go",
                                                  "enter green from red", "green one", "green two", "green last"}));
  });
}

TEST_F(statem, an_event_that_is_postponed_and_changes_the_state_comes_again_behind_older_ones) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"old", wait});
    machine.cast(lamp::letter{"both", [](lamp& m) {
                                if (m.state() != light::red) return;
                                m.postpone();
                                m.next_state(light::green);
                              }});
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red old", "red both", "enter green from red",
                                                  "green old", "green both"}));
  });
}

TEST_F(statem, what_stays_postponed_waits_for_the_next_change) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"never", [](lamp& m) {
                                if (m.state() != light::blue) m.postpone();
                              }});
    machine.cast(lamp::letter{"go", to_green});
    machine.cast(lamp::letter{"on", [](lamp& m) { m.next_state(light::blue); }});
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red never", "red go", "enter green from red",
                                                  "green never", "green on", "enter blue from green", "blue never"}));
  });
}

TEST_F(statem, inserted_events_come_before_postponed_ones_and_those_before_what_has_arrived) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"postponed", wait});
    machine.cast(lamp::letter{"go", [](lamp& m) {
                                m.next_state(light::green);
                                m.next_event(lamp::inner{"1"});
                                m.next_event(lamp::inner{"2"});
                                m.set_state_timeout(0s);
                                m.set_timeout("zero", 0s);
                              }});
    machine.cast(lamp::letter{"arrived"});
    EXPECT_EQ(
        co_await written(machine),
        (strings{"enter red from red", "red postponed", "red go", "enter green from red", "green inner 1",
                 "green inner 2", "green postponed", "green state_timeout", "green timeout zero", "green arrived"}));
  });
}

TEST_F(statem, a_postponed_call_is_replied_when_it_is_handled) {
  run([](server<lamp> machine) -> process<> {
    auto patient = [](server<lamp> asked, pid to) -> process<> {
      int color = co_await asked.call(lamp::ask{.postponed_in_red = true});
      send(to, color);
    };
    spawn(patient, machine, self());
    co_await yield();
    EXPECT_EQ(co_await receive<int>(after(1s)), std::nullopt);
    machine.cast(lamp::letter{"go", to_green});
    EXPECT_EQ(co_await receive<int>(), 1);
  });
}

TEST_F(statem, replies_later_from_another_event) {
  run([](server<lamp> machine) -> process<> {
    auto caller = [](server<lamp> asked, pid to) -> process<> { send(to, co_await asked.call(lamp::ask_later{})); };
    spawn(caller, machine, self());
    co_await yield();
    co_await written(machine);
    machine.cast(lamp::letter{"reply", [](lamp& m) { reply(m.waiting.value(), 42); }});
    EXPECT_EQ(co_await receive<int>(), 42);
  });
}

TEST_F(statem, a_state_timeout_comes_after_its_time) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_state_timeout(100ms); }});
    co_await sleep_for(99ms);
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set"}));
    co_await sleep_for(2ms);
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set", "red state_timeout"}));
  });
}

TEST_F(statem, a_change_of_state_ends_its_timeout_and_keeps_a_new_one) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_state_timeout(100ms); }});
    machine.cast(lamp::letter{"go", [](lamp& m) {
                                m.set_state_timeout(200ms, lamp::inner{"new"});
                                m.next_state(light::green);
                              }});
    co_await sleep_for(150ms);
    EXPECT_EQ((co_await written(machine)).back(), "enter green from red");
    co_await sleep_for(51ms);
    EXPECT_EQ((co_await written(machine)).back(), "green inner new");
  });
}

TEST_F(statem, any_event_ends_an_event_timeout) {
  run([](server<lamp> machine) -> process<> {
    auto set = [](lamp& m) { m.set_event_timeout(100ms); };
    machine.cast(lamp::letter{"set", set});
    co_await sleep_for(50ms);
    machine.cast(lamp::letter{"any"});
    co_await sleep_for(100ms);
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set", "red any"}));
    machine.cast(lamp::letter{"set", set});
    co_await sleep_for(101ms);
    EXPECT_EQ((co_await written(machine)).back(), "red event_timeout");
  });
}

TEST_F(statem, an_event_timeout_of_zero_comes_only_when_nothing_else_waits_in_the_machine) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"busy", [](lamp& m) {
                                m.next_event(lamp::inner{"1"});
                                m.set_event_timeout(0s);
                              }});
    machine.cast(lamp::letter{"idle", [](lamp& m) { m.set_event_timeout(0s); }});
    machine.cast(lamp::letter{"arrived"});
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red busy", "red inner 1", "red idle",
                                                  "red event_timeout", "red arrived"}));
  });
}

TEST_F(statem, a_timeout_of_zero_that_is_set_again_moves_behind_the_others) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) {
                                m.set_state_timeout(0s, lamp::inner{"first"});
                                m.set_timeout("n", 0s);
                                m.set_event_timeout(0s);
                                m.set_state_timeout(0s, lamp::inner{"again"});
                              }});
    EXPECT_EQ(co_await written(machine),
              (strings{"enter red from red", "red set", "red timeout n", "red inner again"}));
  });
}

TEST_F(statem, a_change_of_state_ends_a_state_timeout_of_zero_that_waits) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) {
                                m.next_event(lamp::letter{"go", to_green});
                                m.set_state_timeout(0s);
                                m.set_timeout("n", 0s);
                              }});
    EXPECT_EQ(co_await written(machine),
              (strings{"enter red from red", "red set", "red go", "enter green from red", "green timeout n"}));
  });
}

TEST_F(statem, named_timeouts_survive_events_and_changes) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) {
                                m.set_timeout("a", 100ms);
                                m.set_timeout("b", 50ms);
                              }});
    machine.cast(lamp::letter{"go", to_green});
    co_await sleep_for(101ms);
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set", "red go", "enter green from red",
                                                  "green timeout b", "green timeout a"}));
  });
}

TEST_F(statem, setting_a_timeout_again_replaces_it) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_timeout("a", 50ms); }});
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_timeout("a", 150ms, lamp::inner{"a"}); }});
    co_await sleep_for(149ms);
    EXPECT_EQ((co_await written(machine)).size(), 3u);
    co_await sleep_for(2ms);
    EXPECT_EQ((co_await written(machine)).back(), "red inner a");
  });
}

TEST_F(statem, timeouts_are_cancelled_by_a_cancel_and_by_infinity) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) {
                                m.set_timeout("a", 50ms);
                                m.set_timeout("b", 50ms);
                                m.set_state_timeout(50ms);
                              }});
    machine.cast(lamp::letter{"cancel", [](lamp& m) {
                                m.cancel_timeout("a");
                                m.set_timeout("b", duration::max());
                                m.cancel_state_timeout();
                                m.cancel_timeout("unknown");
                              }});
    co_await sleep_for(1s);
    EXPECT_EQ((co_await written(machine)).back(), "red cancel");
  });
}

TEST_F(statem, an_update_changes_the_event_and_not_the_time) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_timeout("a", 100ms); }});
    co_await sleep_for(50ms);
    machine.cast(lamp::letter{"update", [](lamp& m) { m.update_timeout("a", lamp::inner{"new"}); }});
    co_await sleep_for(51ms);
    EXPECT_EQ((co_await written(machine)).back(), "red inner new");
  });
}

TEST_F(statem, an_update_of_a_timeout_that_does_not_run_comes_at_once) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"update", [](lamp& m) { m.update_state_timeout(lamp::inner{"late"}); }});
    machine.cast(lamp::letter{"arrived"});
    EXPECT_EQ(co_await written(machine),
              (strings{"enter red from red", "red update", "red inner late", "red arrived"}));
  });
}

TEST_F(statem, a_timeout_whose_message_waits_already_can_still_be_cancelled) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_timeout("a", 50ms); }});
    co_await written(machine);
    // Both wait in the mailbox when it goes on: the letter, then the message of the timer.
    co_await sys::suspend(machine.pid());
    machine.cast(lamp::letter{"cancel", [](lamp& m) { m.cancel_timeout("a"); }});
    co_await sleep_for(60ms);
    co_await sys::resume(machine.pid());
    EXPECT_EQ((co_await written(machine)).back(), "red cancel");
  });
}

TEST_F(statem, handle_enter_may_set_timeouts_and_not_change_the_state) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"teach", [](lamp& m) { m.on_enter = [](lamp& l) { l.set_state_timeout(50ms); }; }});
    machine.cast(lamp::letter{"go", to_green});
    co_await sleep_for(51ms);
    EXPECT_EQ((co_await written(machine)).back(), "green state_timeout");
    const reference watch = monitor(machine.pid());
    machine.cast(lamp::letter{"teach", [](lamp& m) { m.on_enter = to_green; }});
    machine.cast(lamp::letter{"go", to_red});
    down ended = co_await receive<down>([watch](const down& signal) { return signal.reference == watch; });
    EXPECT_EQ(ended.reason.text(), "handle_enter may not change the state");
  });
}

TEST_F(statem, stops_after_the_handler_and_handles_nothing_more) {
  run([](server<lamp> machine) -> process<> {
    const reference watch = monitor(machine.pid());
    machine.cast(lamp::letter{"stop", [](lamp& m) {
                                m.next_event(lamp::inner{"never"});
                                m.stop(exit_reason::custom_text("enough"));
                              }});
    down ended = co_await receive<down>([watch](const down& signal) { return signal.reference == watch; });
    EXPECT_EQ(ended.reason, exit_reason::custom_text("enough"));
  });
}

TEST_F(statem, obeys_the_operations_of_sys) {
  run([](server<lamp> machine) -> process<> {
    EXPECT_EQ(co_await sys::get_state(machine.pid()), "red");
    machine.cast(lamp::letter{"go", to_green});
    EXPECT_EQ(co_await sys::get_state(machine.pid()), "green");
    co_await sys::replace_state<lamp>(machine, [](lamp& m) { m.notes.clear(); });
    EXPECT_TRUE((co_await written(machine)).empty());
  });
}

TEST_F(statem, that_postpones_without_end_is_stopped_at_the_limit) {
  run([](server<lamp> machine) -> process<> {
    const reference watch = monitor(machine.pid());
    for (std::size_t count = 0; count < detail::statem_machine::limit; ++count) {
      machine.cast(lamp::letter{"wait", wait});
      if (count % 1'000 == 0) co_await machine.call(lamp::ask{});
    }
    EXPECT_EQ(co_await machine.call(lamp::ask{}), 0);
    machine.cast(lamp::letter{"one more", wait});
    down ended = co_await receive<down>([watch](const down& signal) { return signal.reference == watch; });
    EXPECT_EQ(ended.reason, exit_reason::mailbox_overflow);
  });
}

// --- state functions: the state is a variant ---

struct idle {
  friend bool operator==(const idle&, const idle&) = default;
};
struct running {
  int laps = 0;
  friend bool operator==(const running&, const running&) = default;
};

class runner : public gen_statem<runner, std::variant<idle, running>> {
 public:
  struct go {};
  struct lap {
    using reply = int;
  };
  struct rest {
    using reply = void;
  };
  runner() : gen_statem{idle{}} {}

  void handle_event(const idle&, const go&) { next_state(running{}); }
  task<int> handle_event(const idle&, const lap&) {
    postpone();
    co_await sleep_for(1ms);
    co_return -1;
  }
  void handle_event(const idle&, const rest&) {}

  void handle_event(const running&, const go&) {}
  task<int> handle_event(const running& now, const lap&) {
    co_await sleep_for(10ms);
    next_state(running{now.laps + 1});
    co_return now.laps + 1;
  }
  void handle_event(const running&, const rest&) { next_state(idle{}); }
};

TEST(statem_functions, are_overloads_for_the_state_and_may_be_coroutines) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto machine = co_await start_link<runner>();
    auto early = [](server<runner> asked, pid to) -> process<> { send(to, co_await asked.call(runner::lap{})); };
    spawn(early, machine, self());
    co_await sleep_for(5ms);
    machine.cast(runner::go{});
    EXPECT_EQ(co_await receive<int>(), 1);
    EXPECT_EQ(co_await machine.call(runner::lap{}), 2);
    co_await machine.call(runner::rest{});
    machine.cast(runner::go{});
    EXPECT_EQ(co_await machine.call(runner::lap{}), 1);
    co_await machine.stop();
    EXPECT_EQ(process_count(), 1u);
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
