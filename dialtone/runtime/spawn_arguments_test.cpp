// SPDX-License-Identifier: Apache-2.0
// What becomes of the arguments of spawn: moved into the process, destroyed with it, and given back by no failure.
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

// Counts its copies, and how many of it live.
struct counted {
  counted() { ++alive; }
  counted(const counted&) {
    ++alive;
    ++copies;
  }
  counted(counted&&) noexcept { ++alive; }
  ~counted() { --alive; }
  static void reset() { alive = copies = 0; }
  static inline int alive;
  static inline int copies;
};

// Refuses to be moved once its patience is used up.
struct touchy {
  explicit touchy(int moves) : moves_left{moves} {}
  touchy(touchy&& other) : moves_left{other.moves_left - 1} {
    if (moves_left < 0) throw std::runtime_error{"moved too often"};
  }
  int moves_left;
};

}  // namespace

template <>
inline constexpr bool enable_sendable<counted> = true;
template <>
inline constexpr bool enable_sendable<touchy> = true;

namespace {

process<> hold(counted) { co_await receive<go>(); }

class spawn_arguments : public two_schedulers {
 protected:
  spawn_arguments() : two_schedulers{{.process_limit = 5}} { counted::reset(); }
  template <class Scenario>
  void run(Scenario scenario) {
    two_schedulers::run(scenario);
    EXPECT_EQ(counted::alive, 0);
  }
};

INSTANTIATE_TEST_SUITE_P(placed, spawn_arguments, beside_and_elsewhere, name_of_place);

TEST_P(spawn_arguments, are_moved_not_copied) {
  run([](std::uint32_t where) -> process<> {
    pid holder = spawn(on(where), hold, counted{});
    EXPECT_EQ(counted::copies, 0);
    send(holder, go{});
    co_await await_death(holder);
    EXPECT_EQ(counted::copies, 0);
  });
}

TEST_P(spawn_arguments, that_the_caller_keeps_are_copied_once) {
  run([](std::uint32_t where) -> process<> {
    counted kept;
    pid holder = spawn(on(where), hold, kept);
    send(holder, go{});
    co_await await_death(holder);
    EXPECT_EQ(counted::copies, 1);
  });
}

TEST_P(spawn_arguments, may_be_move_only) {
  run([](std::uint32_t where) -> process<> {
    spawn(
        on(where),
        [](std::unique_ptr<int> number, pid teller) -> process<> {
          send(teller, *number + 1);
          co_return;
        },
        std::make_unique<int>(41), self());
    EXPECT_EQ(co_await receive<int>(), 42);
  });
}

TEST_P(spawn_arguments, are_converted_to_the_parameters) {
  run([](std::uint32_t where) -> process<> {
    spawn(
        on(where),
        [](std::string text, long number, exit_reason reason, pid teller) -> process<> {
          EXPECT_EQ(text, "text");
          EXPECT_EQ(number, 7);
          EXPECT_EQ(reason, exit_reason::shutdown);
          send(teller, go{});
          co_return;
        },
        "text", 7, exit_reason::shutdown, self());
    co_await receive<go>();
  });
}

TEST_P(spawn_arguments, are_destroyed_with_the_process) {
  run([](std::uint32_t where) -> process<> {
    pid waiting = spawn(on(where), hold, counted{});
    co_await sleep_for(1ms);
    EXPECT_EQ(counted::alive, 1);
    exit(waiting, exit_reason::kill);
    co_await await_death(waiting);
    EXPECT_EQ(counted::alive, 0);
  });
}

TEST_P(spawn_arguments, are_destroyed_with_a_process_that_never_ran) {
  run([](std::uint32_t where) -> process<> {
    pid killed = spawn(on(where), hold, counted{});
    exit(killed, exit_reason::kill);
    co_await await_death(killed);
    EXPECT_EQ(counted::alive, 0);
  });
}

TEST_P(spawn_arguments, are_destroyed_when_the_spawn_is_refused) {
  run([](std::uint32_t where) -> process<> {
    for (int i = 0; i < 4; ++i) spawn(wait_for_go);
    EXPECT_FALSE(try_spawn(on(where), hold, counted{}).has_value());
    EXPECT_THROW(spawn(on(where), hold, counted{}), system_limit_reached);
    EXPECT_EQ(counted::alive, 0);
    co_return;
  });
}

TEST_P(spawn_arguments, are_destroyed_at_the_end_of_a_runtime) {
  counted::reset();
  {
    stepped_runtime rt{{.schedulers = 2}};
    rt.run(
        [](std::uint32_t where) -> process<> {
          spawn(on(where), hold, counted{});
          co_return;
        },
        GetParam());
    rt.spawn(on(GetParam()), hold, counted{});
  }
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(counted::copies, 0);
}

process<> touch(touchy) { co_return; }

TEST(spawn_arguments_that_throw, leave_nothing_behind) {
  stepped_runtime rt{{.runtime = {.process_limit = 3}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i = 0; i < 10; ++i) EXPECT_THROW(spawn(touch, touchy{0}), std::runtime_error);
    for (int i = 0; i < 10; ++i) EXPECT_THROW(spawn({.name = "never"}, touch, touchy{0}), std::runtime_error);
    EXPECT_EQ(whereis("never"), std::nullopt);
    EXPECT_EQ(process_count(), 1u);
    pid made = spawn({.name = "never"}, touch, touchy{10});
    EXPECT_EQ(whereis("never"), made);
    co_return;
  }),
            exit_reason::normal);
}

// How often an argument is moved on its way to another scheduler is nobody's business: each number is tried.
TEST(spawn_arguments_that_throw, on_another_scheduler_are_the_exit_reason) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    int refused_here = 0;
    int refused_there = 0;
    for (int moves = 0; moves < 10; ++moves) {
      monitored started;
      try {
        started = spawn_monitor({.name = "there", .scheduler = placement::on(1)}, touch, touchy{moves});
      } catch (const std::runtime_error&) {
        ++refused_here;
        EXPECT_EQ(whereis("there"), std::nullopt);
        continue;
      }
      exit_reason reason = co_await end_of(started.reference);
      EXPECT_EQ(whereis("there"), std::nullopt);
      if (reason == exit_reason::normal) continue;
      ++refused_there;
      EXPECT_EQ(reason.type(), "std::runtime_error");
      EXPECT_EQ(reason.text(), "moved too often");
    }
    EXPECT_GT(refused_here, 0);
    EXPECT_GT(refused_there, 0);
    EXPECT_LT(refused_here + refused_there, 10);
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
