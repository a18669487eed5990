// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/gen_statem.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/lamp_test.hpp>
#include <dialtone/runtime/process_info.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class statem : public with_lamp {};

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

TEST_F(statem, an_update_changes_the_event_and_not_the_time) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_timeout("a", 100ms); }});
    co_await sleep_for(50ms);
    machine.cast(lamp::letter{"update", [](lamp& m) { m.update_timeout("a", lamp::inner{"new"}); }});
    co_await sleep_for(51ms);
    EXPECT_EQ((co_await written(machine)).back(), "red inner new");
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

TEST_F(statem, that_replies_and_stops_has_replied_to_the_waiting_and_to_the_last_call) {
  run([](server<lamp> machine) -> process<> {
    auto waiting = machine.send_request(lamp::ask_later{});
    machine.cast(lamp::letter{"stop and reply", [](lamp& m) {
                                reply(*m.waiting, 7);
                                m.stop();
                              }});
    EXPECT_EQ(co_await waiting.response(), 7);
    EXPECT_EQ((co_await machine.try_call(lamp::ask{})).error(), exit_reason::noproc);
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
