// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/gen_statem.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/lamp_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class statem_timeouts : public with_lamp {};

TEST_F(statem_timeouts, a_state_timeout_comes_after_its_time) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_state_timeout(100ms); }});
    co_await sleep_for(99ms);
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set"}));
    co_await sleep_for(2ms);
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set", "red state_timeout"}));
  });
}

TEST_F(statem_timeouts, a_change_of_state_ends_its_timeout_and_keeps_a_new_one) {
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

TEST_F(statem_timeouts, any_event_ends_an_event_timeout) {
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

TEST_F(statem_timeouts, an_event_timeout_of_zero_comes_only_when_nothing_else_waits_in_the_machine) {
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

TEST_F(statem_timeouts, a_timeout_of_zero_that_is_set_again_moves_behind_the_others) {
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

TEST_F(statem_timeouts, a_change_of_state_ends_a_state_timeout_of_zero_that_waits) {
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

TEST_F(statem_timeouts, named_timeouts_survive_events_and_changes) {
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

TEST_F(statem_timeouts, setting_a_timeout_again_replaces_it) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_timeout("a", 50ms); }});
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_timeout("a", 150ms, lamp::inner{"a"}); }});
    co_await sleep_for(149ms);
    EXPECT_EQ((co_await written(machine)).size(), 3u);
    co_await sleep_for(2ms);
    EXPECT_EQ((co_await written(machine)).back(), "red inner a");
  });
}

TEST_F(statem_timeouts, timeouts_are_cancelled_by_a_cancel_and_by_infinity) {
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

TEST_F(statem_timeouts, an_update_of_a_timeout_that_does_not_run_comes_at_once) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"update", [](lamp& m) { m.update_state_timeout(lamp::inner{"late"}); }});
    machine.cast(lamp::letter{"arrived"});
    EXPECT_EQ(co_await written(machine),
              (strings{"enter red from red", "red update", "red inner late", "red arrived"}));
  });
}

TEST_F(statem_timeouts, a_timeout_whose_message_waits_already_can_still_be_cancelled) {
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

TEST_F(statem_timeouts, of_each_kind_come_at_their_point_of_time) {
  run([](server<lamp> machine) -> process<> {
    static time_point deadline;
    deadline = now() + 100ms;
    co_await sleep_for(40ms);
    machine.cast(lamp::letter{"set", [](lamp& m) {
                                m.set_state_timeout(deadline + 2ms);
                                m.set_timeout("a", deadline);
                                m.set_timeout("b", deadline + 4ms, lamp::inner{"b"});
                              }});
    co_await sleep_for(59ms);
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set"}));
    co_await sleep_for(2ms);
    EXPECT_EQ((co_await written(machine)).back(), "red timeout a");
    co_await sleep_for(2ms);
    EXPECT_EQ((co_await written(machine)).back(), "red state_timeout");
    co_await sleep_for(2ms);
    EXPECT_EQ((co_await written(machine)).back(), "red inner b");
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_event_timeout(deadline + 200ms); }});
    co_await sleep_for(194ms);
    EXPECT_EQ(now(), deadline + 199ms);
    EXPECT_EQ((co_await sys::get_status(machine.pid())).state, "red") << "which is no event";
    co_await sleep_for(2ms);
    EXPECT_EQ((co_await written(machine)).back(), "red event_timeout");
  });
}

TEST_F(statem_timeouts, of_a_point_of_time_that_has_passed_come_at_once_in_their_order) {
  run([](server<lamp> machine) -> process<> {
    co_await sleep_for(1s);
    machine.cast(lamp::letter{"set", [](lamp& m) {
                                m.next_event(lamp::inner{"first"});
                                m.set_timeout("now", now());
                                m.set_timeout("zero", 0s);
                                m.set_state_timeout(now() - 1s);
                              }});
    machine.cast(lamp::letter{"arrived"});
    EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set", "red inner first", "red timeout now",
                                                  "red timeout zero", "red state_timeout", "red arrived"}));
    machine.cast(lamp::letter{"set", [](lamp& m) { m.set_event_timeout(now() - 1ms, lamp::inner{"late"}); }});
    EXPECT_EQ((co_await written(machine)).back(), "red inner late");
  });
}

TEST_F(statem_timeouts, are_replaced_and_cancelled_by_points_of_time_too) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"set", [](lamp& m) {
                                m.set_timeout("a", 50ms);
                                m.set_timeout("b", now() + 50ms);
                                m.set_state_timeout(now() + 50ms);
                              }});
    machine.cast(lamp::letter{"again", [](lamp& m) {
                                m.set_timeout("a", now() + 80ms);
                                m.set_timeout("b", never);
                                m.next_state(light::green);
                              }});
    co_await sleep_for(79ms);
    EXPECT_EQ((co_await written(machine)).back(), "enter green from red");
    co_await sleep_for(1s);
    EXPECT_EQ((co_await written(machine)).back(), "green timeout a");
  });
}

TEST_F(statem_timeouts, handle_enter_may_set_timeouts_and_not_change_the_state) {
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

// Each kind is set, given another event, cancelled, and set to no limit.
struct kind_of_timeout {
  void (*set)(lamp& m);
  void (*update)(lamp& m);
  void (*cancel)(lamp& m);
  void (*set_to_infinity)(lamp& m);
};
constexpr kind_of_timeout kinds[] = {
    {[](lamp& m) { m.set_state_timeout(50ms, lamp::inner{"old"}); },
     [](lamp& m) { m.update_state_timeout(lamp::inner{"new"}); }, [](lamp& m) { m.cancel_state_timeout(); },
     [](lamp& m) { m.set_state_timeout(duration::max()); }},
    {[](lamp& m) { m.set_event_timeout(50ms, lamp::inner{"old"}); },
     [](lamp& m) { m.update_event_timeout(lamp::inner{"new"}); }, [](lamp& m) { m.cancel_event_timeout(); },
     [](lamp& m) { m.set_event_timeout(duration::max()); }},
    {[](lamp& m) { m.set_timeout("a", 50ms, lamp::inner{"old"}); },
     [](lamp& m) { m.update_timeout("a", lamp::inner{"new"}); }, [](lamp& m) { m.cancel_timeout("a"); },
     [](lamp& m) { m.set_timeout("a", duration::max()); }},
};
const kind_of_timeout* kind;

TEST_F(statem_timeouts, handle_enter_may_neither_postpone_nor_insert) {
  static void (*const forbidden[])(lamp& m) = {[](lamp& m) { m.postpone(); },
                                               [](lamp& m) { m.next_event(lamp::inner{"never"}); }};
  static void (*tried)(lamp& m);
  for (auto each : forbidden) {
    tried = each;
    run([](server<lamp> machine) -> process<> {
      const reference watch = monitor(machine.pid());
      machine.cast(lamp::letter{"teach", [](lamp& m) { m.on_enter = tried; }});
      machine.cast(lamp::letter{"go", to_green});
      down ended = co_await receive<down>([watch](const down& signal) { return signal.reference == watch; });
      EXPECT_TRUE(ended.reason.text().starts_with("handle_enter may not")) << ended.reason.text();
    });
  }
}

TEST_F(statem_timeouts, each_kind_is_set_updated_cancelled_and_without_limit) {
  for (const kind_of_timeout& one : kinds) {
    kind = &one;
    run([](server<lamp> machine) -> process<> {
      machine.cast(lamp::letter{"set", [](lamp& m) { kind->set(m); }});
      co_await sleep_for(51ms);
      // The event time-out ends with the next event, so what changes it is said by the same handler.
      machine.cast(lamp::letter{"update", [](lamp& m) {
                                  kind->set(m);
                                  kind->update(m);
                                }});
      co_await sleep_for(51ms);
      machine.cast(lamp::letter{"cancel", [](lamp& m) {
                                  kind->set(m);
                                  kind->cancel(m);
                                }});
      co_await sleep_for(51ms);
      machine.cast(lamp::letter{"infinity", [](lamp& m) {
                                  kind->set(m);
                                  kind->set_to_infinity(m);
                                }});
      co_await sleep_for(51ms);
      EXPECT_EQ(co_await written(machine), (strings{"enter red from red", "red set", "red inner old", "red update",
                                                    "red inner new", "red cancel", "red infinity"}));
    });
  }
}

// What gen_statem of OTP 25.2.3 does with the same actions.
struct zero_timeouts {
  void (*set)(lamp& m);
  strings come;
};
const zero_timeouts orders[] = {
    {[](lamp& m) { m.set_state_timeout(0s), m.set_event_timeout(0s); }, {"red state_timeout"}},
    {[](lamp& m) { m.set_event_timeout(0s), m.set_state_timeout(0s); }, {"red event_timeout", "red state_timeout"}},
    {[](lamp& m) { m.set_event_timeout(0s), m.set_state_timeout(0s), m.set_timeout("n", 0s); },
     {"red event_timeout", "red state_timeout", "red timeout n"}},
    {[](lamp& m) { m.set_timeout("n", 0s), m.set_event_timeout(0s), m.set_state_timeout(0s); },
     {"red timeout n", "red state_timeout"}},
    {[](lamp& m) { m.set_event_timeout(0s), m.next_event(lamp::inner{"i"}); }, {"red inner i"}},
    {[](lamp& m) { m.set_state_timeout(0s), m.next_event(lamp::inner{"i"}); }, {"red inner i", "red state_timeout"}},
    {[](lamp& m) { m.set_event_timeout(5ms), m.set_state_timeout(0s); }, {"red state_timeout"}},
    {[](lamp& m) { m.set_state_timeout(0s), m.update_state_timeout(lamp::inner{"t"}); }, {"red inner t"}},
    {[](lamp& m) { m.set_state_timeout(0s), m.cancel_state_timeout(); }, {}},
    {[](lamp& m) { m.set_state_timeout(10ms), m.set_state_timeout(0s); }, {"red state_timeout"}},
    {[](lamp& m) { m.set_state_timeout(0s), m.set_state_timeout(10ms); }, {"red state_timeout"}},
    {[](lamp& m) { m.set_state_timeout(0s), m.set_timeout("n", 0s), m.set_state_timeout(0s); },
     {"red timeout n", "red state_timeout"}},
};
const zero_timeouts* order;

TEST_F(statem_timeouts, those_of_zero_come_in_the_order_of_OTP) {
  for (const zero_timeouts& one : orders) {
    order = &one;
    run([](server<lamp> machine) -> process<> {
      machine.cast(lamp::letter{"set", [](lamp& m) { order->set(m); }});
      co_await sleep_for(50ms);
      strings come = co_await written(machine);
      come.erase(come.begin(), come.begin() + 2);
      EXPECT_EQ(come, order->come) << order - orders;
    });
  }
}

}  // namespace
}  // namespace dialtone
