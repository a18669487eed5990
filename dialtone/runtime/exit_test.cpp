// SPDX-License-Identifier: Apache-2.0
// How a process ends itself: by exit(reason), by an exception, by returning; from however deep.
#include <stdexcept>

#include <gtest/gtest.h>

#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

// What has been destroyed, in order; for one test at a time.
std::string destroyed;
int passed = 0;

struct witness {
  char name;
  ~witness() { destroyed.push_back(name); }
};

class exits : public ::testing::Test {
 protected:
  exits() {
    destroyed.clear();
    passed = 0;
  }
  template <class Scenario, class... Arguments>
  exit_reason end_of(Scenario scenario, Arguments... arguments) {
    return rt_.run(scenario, std::move(arguments)...);
  }
  stepped_runtime rt_;
};

using thrower = void (*)();

task<> third(thrower leave) {
  witness here{'3'};
  co_await yield();
  leave();
  ++passed;
}
task<> second(thrower leave) {
  witness here{'2'};
  co_await third(leave);
  ++passed;
}
process<> nest(thrower leave) {
  witness here{'1'};
  co_await second(leave);
  ++passed;
}

}  // namespace

template <>
inline constexpr bool enable_sendable<thrower> = true;

namespace {

TEST_F(exits, from_deep_inside_run_every_destructor_on_the_way) {
  EXPECT_EQ(end_of(nest, +[] { exit(because("deep inside")); }), because("deep inside"));
  EXPECT_EQ(destroyed, "321");
  EXPECT_EQ(passed, 0);
}

TEST_F(exits, can_be_orderly) {
  EXPECT_EQ(end_of(nest, +[] { exit(exit_reason::normal); }), exit_reason::normal);
  EXPECT_EQ(end_of(nest, +[] { exit(exit_reason::shutdown); }), exit_reason::shutdown);
  EXPECT_EQ(
      end_of(nest, +[] { exit(exit_reason::shutdown_because("moved")); }), exit_reason::shutdown_because("moved"));
  EXPECT_EQ(destroyed, "321321321");
  EXPECT_EQ(passed, 0);
}

TEST_F(exits, before_the_first_await_are_as_any) {
  EXPECT_EQ(end_of([]() -> process<> {
              witness here{'1'};
              exit(because("early"));
              co_return;
            }),
            because("early"));
  EXPECT_EQ(destroyed, "1");
}

TEST_F(exits, that_are_swallowed_end_the_process_at_its_next_await) {
  EXPECT_EQ(end_of([]() -> process<> {
              witness here{'1'};
              try {
                exit(because("swallowed"));
              } catch (...) {
                ++passed;
              }
              co_await yield();
              passed = 99;
            }),
            because("swallowed"));
  EXPECT_EQ(passed, 1);
  EXPECT_EQ(destroyed, "1");
}

TEST_F(exits, that_are_swallowed_hold_when_the_process_returns_or_throws_or_exits_again) {
  EXPECT_EQ(end_of([]() -> process<> {
              try {
                exit(because("swallowed"));
              } catch (...) {
                ++passed;
              }
              co_return;
            }),
            because("swallowed"));
  EXPECT_EQ(end_of([]() -> process<> {
              try {
                exit(because("swallowed"));
              } catch (...) {
                throw std::runtime_error{"another"};
              }
              co_return;
            }),
            because("swallowed"));
  EXPECT_EQ(end_of([]() -> process<> {
              try {
                exit(because("swallowed"));
              } catch (...) {
                exit(because("another"));
              }
              co_return;
            }),
            because("swallowed"));
  EXPECT_EQ(passed, 1);
}

using awaiting = task<> (*)();

task<> swallow_and_await(awaiting next) {
  try {
    exit(because("swallowed"));
  } catch (...) {
    ++passed;
  }
  co_await next();
  passed = 99;
}

task<> pass_on_time() { co_await sleep_for(1h); }
task<> receive_what_is_there() {
  send(self(), go{});
  co_await receive<go>();
}
task<> receive_nothing_now() { co_await receive<int>(after(0s)); }
task<> receive_one_of_two() {
  send(self(), go{});
  co_await receive<int, go>(after(1h));
}
task<> wait_for_a_reply_that_is_there() {
  pending_reply<int> answer;
  reply(answer.address(), 5);
  co_await answer.within(1h);
}
task<> yield_once() { co_await yield(); }
task<> race_two() { co_await race(yield_once(), pass_on_time()); }
task<> await_all() { co_await all(receive_nothing_now(), yield_once()); }
task<> meet_a_deadline() { co_await with_deadline(1h, receive_what_is_there()); }

}  // namespace

template <>
inline constexpr bool enable_sendable<awaiting> = true;

namespace {

TEST_F(exits, that_are_swallowed_get_past_no_kind_of_await) {
  for (awaiting next : {pass_on_time, receive_what_is_there, receive_nothing_now, receive_one_of_two,
                        wait_for_a_reply_that_is_there, yield_once, race_two, await_all, meet_a_deadline}) {
    passed = 0;
    EXPECT_EQ(end_of([](awaiting what) -> process<> { co_await swallow_and_await(what); }, next), because("swallowed"));
    EXPECT_EQ(passed, 1);
  }
}

TEST_F(exits, in_a_branch_end_the_whole_process) {
  EXPECT_EQ(end_of([]() -> process<> {
              witness here{'1'};
              co_await all(third(+[] { exit(because("in a branch")); }), pass_on_time());
              passed = 99;
            }),
            because("in a branch"));
  EXPECT_EQ(destroyed, "31");
  EXPECT_EQ(passed, 0);
}

TEST_F(exits, in_a_predicate_end_the_receiver_not_the_sender) {
  EXPECT_EQ(end_of([]() -> process<> {
              auto picky = spawn_monitor([]() -> process<> {
                co_await receive<go>([](const go&) -> bool { exit(because("picky")); });
                passed = 99;
              });
              co_await yield();
              send(picky.pid, go{});
              EXPECT_EQ(co_await testing::end_of(picky.reference), because("picky"));
            }),
            exit_reason::normal);
  EXPECT_EQ(passed, 0);
}

TEST_F(exits, by_a_kill_destroy_the_frames_from_the_innermost_outwards) {
  EXPECT_EQ(end_of([]() -> process<> {
              pid victim = spawn([]() -> process<> {
                witness here{'1'};
                co_await []() -> task<> {
                  witness inner{'2'};
                  co_await []() -> task<> {
                    witness innermost{'3'};
                    co_await sleep_for(1h);
                  }();
                }();
              });
              co_await yield();
              exit(victim, exit_reason::kill);
              co_await await_death(victim);
            }),
            exit_reason::normal);
  EXPECT_EQ(destroyed, "321");
}

TEST_F(exits, by_an_exception_say_its_type_and_text) {
  exit_reason reason = end_of(nest, +[] { throw std::out_of_range{"too far"}; });
  EXPECT_EQ(reason.code(), exit_reason::exception);
  EXPECT_EQ(reason.type(), "std::out_of_range");
  EXPECT_EQ(reason.text(), "too far");
  EXPECT_EQ(destroyed, "321");
  EXPECT_EQ(passed, 0);
}

struct user_error : std::logic_error {
  using std::logic_error::logic_error;
};
struct plain_struct {};

TEST_F(exits, by_an_exception_of_a_users_type_say_that) {
  exit_reason reason = end_of(nest, +[] { throw user_error{"mine"}; });
  EXPECT_NE(reason.type().find("user_error"), std::string_view::npos);
  EXPECT_EQ(reason.text(), "mine");
}

TEST_F(exits, by_a_foreign_exception_say_its_type) {
  exit_reason number = end_of(nest, +[] { throw 42; });
  EXPECT_EQ(number.code(), exit_reason::exception);
  EXPECT_EQ(number.type(), "int");
  EXPECT_EQ(number.text(), "");
  EXPECT_EQ(end_of(nest, +[] { throw "a literal"; }).type(), "char const*");
  exit_reason foreign = end_of(nest, +[] { throw plain_struct{}; });
  EXPECT_NE(foreign.type().find("plain_struct"), std::string_view::npos);
  EXPECT_EQ(passed, 0);
}

TEST_F(exits, by_an_exit_exception_have_its_reason) {
  EXPECT_EQ(end_of(nest, +[] { throw exit_exception{exit_reason::timeout}; }), exit_reason::timeout);
  EXPECT_EQ(end_of(nest, +[] { throw exit_exception{because("as called")}; }), because("as called"));
  EXPECT_EQ(end_of(nest, +[] { throw system_limit_reached{spawn_error::process_limit}; }), exit_reason::system_limit);
  EXPECT_EQ(end_of(nest, +[] { throw exit_exception{exit_reason::normal}; }), exit_reason::normal);
  EXPECT_EQ(destroyed, "321321321321");
}

TEST_F(exits, by_an_exception_name_the_lines_on_its_way) {
  static std::uint32_t inner_line;
  static std::uint32_t outer_line;
  exit_reason reason = end_of([]() -> process<> {
    outer_line = std::source_location::current().line() + 1;
    co_await []() -> task<> {
      inner_line = std::source_location::current().line() + 1;
      co_await yield();
      throw std::runtime_error{"here"};
    }();
  });
  EXPECT_EQ(reason.trace().size(), 2u);
  ASSERT_GE(reason.trace().size(), 2u);
  EXPECT_EQ(reason.trace()[0].line, inner_line);
  EXPECT_EQ(reason.trace()[1].line, outer_line);
  EXPECT_NE(std::string_view{reason.trace()[0].file}.find("exit_test.cpp"), std::string_view::npos);
}

TEST_F(exits, by_a_second_exception_do_not_name_the_way_of_the_first) {
  static std::uint32_t line;
  exit_reason reason = end_of([]() -> process<> {
    line = std::source_location::current().line() + 2;
    try {
      co_await second(+[] { throw std::runtime_error{"first"}; });
    } catch (const std::runtime_error& first) {
      throw std::logic_error{std::string{"second, after "} + first.what()};
    }
  });
  EXPECT_EQ(reason.type(), "std::logic_error");
  EXPECT_EQ(reason.text(), "second, after first");
  ASSERT_EQ(reason.trace().size(), 1u);
  EXPECT_EQ(reason.trace()[0].line, line);
}

TEST_F(exits, by_an_exception_before_any_await_have_no_lines) {
  exit_reason reason = end_of([]() -> process<> {
    throw std::runtime_error{"at once"};
    co_return;
  });
  EXPECT_EQ(reason.text(), "at once");
  EXPECT_TRUE(reason.trace().empty());
}

TEST_F(exits, do_not_happen_when_an_exception_is_handled) {
  EXPECT_EQ(end_of([]() -> process<> {
              try {
                co_await second(+[] { throw std::runtime_error{"handled"}; });
              } catch (const std::runtime_error& handled) {
                EXPECT_STREQ(handled.what(), "handled");
              }
              co_await yield();
              ++passed;
            }),
            exit_reason::normal);
  EXPECT_EQ(passed, 1);
}

TEST_F(exits, wait_for_no_await_when_the_process_is_told_while_it_runs) {
  EXPECT_EQ(end_of([]() -> process<> {
              auto busy = spawn_monitor([]() -> process<> {
                for (;;) co_await yield();
              });
              for (int i = 0; i < 3; ++i) co_await yield();
              exit(busy.pid, because("busy enough"));
              EXPECT_EQ(co_await testing::end_of(busy.reference), because("busy enough"));
            }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
