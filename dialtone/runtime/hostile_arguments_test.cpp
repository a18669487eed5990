// SPDX-License-Identifier: Apache-2.0
// Arguments of spawn whose constructors call the runtime: conversions do so in the parent's name, moves into the frame
// in the child's.
#include <stdexcept>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

using act = void (*)(pid);

/// Acts when it is made from a number: a conversion to the parameter.
struct converted {
  converted(act does) { does(self()); }  // NOLINT(google-explicit-constructor)
};

/// Acts when it is moved for the last time allowed.
struct moved {
  moved(act does, int moves) : does{does}, moves_left{moves} {}
  moved(moved&& other) : does{other.does}, moves_left{other.moves_left - 1} {
    if (moves_left == 0) does(self());
  }
  act does;
  int moves_left;
};

}  // namespace

template <>
inline constexpr bool enable_sendable<converted> = true;
template <>
inline constexpr bool enable_sendable<moved> = true;

namespace {

process<> take_converted(converted) { co_await receive<go>(); }
process<> take_moved(moved) { co_await receive<go>(after(10s)); }

pid acted_as;

TEST(conversions_of_arguments, run_in_the_name_of_who_spawns) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid child = spawn(
        take_converted, +[](pid who) {
          acted_as = who;
          send(who, 1);
        });
    EXPECT_EQ(acted_as, self());
    EXPECT_EQ(co_await receive<int>(), 1);
    send(child, go{});
    co_await await_death(child);
  }),
            exit_reason::normal);
}

TEST(conversions_of_arguments, that_exit_end_who_spawns) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn(take_converted, +[](pid) { exit(because("converted")); });
    co_return;
  }),
            because("converted"));
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn_link({.name = "never"}, take_converted, +[](pid) { exit(because("converted")); });
    co_return;
  }),
            because("converted"));
  EXPECT_TRUE(rt->processes().size() == 1) << "the question itself";
}

act chosen;

// How often an argument is moved is nobody's business: each number is tried, and everything else goes on afterwards.
class moves_of_arguments : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  void survive(act does) {
    chosen = does;
    EXPECT_EQ(rt_.run(
                  [](std::uint32_t where) -> process<> {
                    for (int moves = 1; moves < 6; ++moves) {
                      spawn_monitor(
                          [](std::uint32_t where, int moves) -> process<> {
                            try {
                              spawn(on(where), take_moved, moved{chosen, moves});
                              if (where == 0) spawn(take_moved, moved{chosen, moves});
                            } catch (const std::runtime_error& refused) {
                              EXPECT_STREQ(refused.what(), "moved");
                            }
                            co_await yield();
                          },
                          where, moves);
                      co_await receive<down>();
                    }
                    for (int i = 0; i < 100; ++i) {
                      auto next = spawn_monitor(
                          on(where),
                          [](pid parent) -> process<> {
                            EXPECT_FALSE(co_await receive<int>(after(0s))) << "meant for another process";
                            send(parent, go{});
                          },
                          self());
                      co_await receive<go>();
                      EXPECT_EQ(co_await end_of(next.reference), exit_reason::normal);
                    }
                  },
                  GetParam()),
              exit_reason::normal);
    rt_.advance(1min);
    EXPECT_EQ(rt_->whereis("moved"), std::nullopt);
    EXPECT_EQ(rt_->processes().size(), 1u) << "the question itself";
  }

 private:
  stepped_runtime rt_{{.schedulers = 2, .runtime = {.level = log_level::off}}};
};
INSTANTIATE_TEST_SUITE_P(placed, moves_of_arguments, ::testing::Values(0u, 1u));

TEST_P(moves_of_arguments, may_send) {
  survive([](pid who) { send(who, 1); });
}
TEST_P(moves_of_arguments, may_send_and_throw) {
  survive([](pid who) {
    for (int i = 0; i < 3; ++i) send(who, 1);
    throw std::runtime_error{"moved"};
  });
}
TEST_P(moves_of_arguments, may_exit) {
  survive([](pid) { exit(because("moved")); });
}
TEST_P(moves_of_arguments, may_kill_themselves) {
  survive([](pid who) { exit(who, exit_reason::kill); });
}
TEST_P(moves_of_arguments, may_set_timers_and_throw) {
  survive([](pid who) {
    send_after(1s, who, 1);
    throw std::runtime_error{"moved"};
  });
}
TEST_P(moves_of_arguments, may_link_and_watch_and_throw) {
  survive([](pid) {
    pid other = spawn([]() -> process<> { co_await sleep_for(1s); });
    link(other);
    (void)monitor(other);
    throw std::runtime_error{"moved"};
  });
}
TEST_P(moves_of_arguments, may_register_a_name_and_throw) {
  survive([](pid) {
    (void)try_register_name("moved");
    throw std::runtime_error{"moved"};
  });
}

}  // namespace
}  // namespace dialtone
