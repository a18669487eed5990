// SPDX-License-Identifier: Apache-2.0
// State machines that are used as nobody should.
#include <gtest/gtest.h>

#include <dialtone/otp/lamp_test.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class hostile_machines : public with_lamp {};

// Both never come to rest by themselves.
class restless : public gen_statem<restless, int> {
 public:
  struct spin {};
  struct turn {};
  struct total {
    using reply = int;
  };
  restless() : gen_statem{0} {}
  void handle_event(int, spin) { next_event(turn{}); }
  void handle_event(int, turn) {
    ++turns_;
    next_event(turn{});
  }
  void handle_event(int, state_timeout) {
    ++turns_;
    set_state_timeout(0s);
  }
  void handle_event(int, go) { set_state_timeout(0s); }
  int handle_event(int, total) { return turns_; }
  using infos = messages<go>;

 private:
  int turns_ = 0;
};

TEST_F(hostile_machines, that_never_come_to_rest_let_others_run_and_can_be_killed) {
  const exit_reason reason = rt.run([]() -> process<> {
    trap_exit();
    auto machine = co_await start_link<restless>();
    machine.cast(restless::spin{});
    co_await yield();
    co_await yield();
    exit(machine.pid(), exit_reason::kill);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::killed);
    machine = co_await start_link<restless>();
    send(machine.pid(), go{});
    co_await yield();
    co_await yield();
    exit(machine.pid(), exit_reason::kill);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::killed);
  });
  EXPECT_EQ(reason, exit_reason::normal);
}

TEST_F(hostile_machines, take_any_duration_for_a_timeout) {
  run([](server<lamp> machine) -> process<> {
    machine.cast(lamp::letter{"least", [](lamp& m) {
                                m.set_state_timeout(duration::min());
                                m.set_timeout("least", duration{-1});
                              }});
    machine.cast(lamp::letter{"most", [](lamp& m) {
                                m.set_state_timeout(duration::max() - duration{1});
                                m.set_timeout("most", duration::max());
                                m.set_event_timeout(duration::max() - duration{1});
                              }});
    co_await sleep_for(1h);
    EXPECT_EQ(co_await written(machine),
              (strings{"enter red from red", "red least", "red state_timeout", "red timeout least", "red most"}));
  });
}

TEST_F(hostile_machines, that_stop_do_not_change_their_state_and_lose_what_they_have_postponed) {
  run([](server<lamp> machine) -> process<> {
    auto postponed = machine.send_request(lamp::ask{true});
    machine.cast(lamp::letter{"end", [](lamp& m) {
                                m.next_state(light::green);
                                m.next_event(lamp::inner{"never"});
                                m.set_state_timeout(0s);
                                m.stop(because("over"));
                              }});
    EXPECT_EQ((co_await postponed.response()).error(), because("over"));
  });
}

class falls_on_entry : public gen_statem<falls_on_entry, int> {
 public:
  explicit falls_on_entry(bool throws) : gen_statem{0}, throws_{throws} {}
  void handle_enter(int, int) {
    if (throws_) throw std::runtime_error{"no way in"};
    stop(because("not today"));
  }
  void handle_event(int, state_timeout) {}

 private:
  bool throws_;
};

TEST_F(hostile_machines, that_fall_on_entry_have_been_up_and_end) {
  const exit_reason reason = rt.run([]() -> process<> {
    trap_exit();
    EXPECT_TRUE(co_await try_start_link<falls_on_entry>(true));
    EXPECT_TRUE((co_await receive<exited>()).reason.text().contains("no way in"));
    EXPECT_TRUE(co_await try_start_link<falls_on_entry>(false));
    EXPECT_EQ((co_await receive<exited>()).reason, because("not today"));
  });
  EXPECT_EQ(reason, exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
