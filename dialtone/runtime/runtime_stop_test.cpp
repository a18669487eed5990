// SPDX-License-Identifier: Apache-2.0
// The end of a runtime on real threads.
#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/no_driver.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

std::atomic<int> finished;
std::atomic<int> destroyed;

struct witness {
  ~witness() { ++destroyed; }
};

class runtime_stop : public ::testing::Test {
 protected:
  runtime_stop() { finished = destroyed = 0; }
  // A stop that waits for all of this has gone wrong; the test's own time limit is shorter.
  static constexpr duration for_ever = 1h;
};

process<> hold_witness() {
  witness here;
  co_await receive<go>();
  ++finished;
}

// Ends when it is told to stop, after some more work.
process<> stop_in_order() {
  witness here;
  trap_exit();
  exited told = co_await receive<exited>();
  EXPECT_EQ(told.reason, exit_reason::shutdown);
  for (int i = 0; i < 100; ++i) co_await yield();
  ++finished;
}

process<> ignore_shutdown() {
  witness here;
  trap_exit();
  for (;;) co_await receive<exited>();
}

TEST_F(runtime_stop, ends_roots_that_do_not_trap_at_once) {
  runtime rt{{.schedulers = 2, .stop_timeout = for_ever}};
  for (std::uint32_t i = 0; i < 10; ++i) EXPECT_TRUE(rt.info(rt.spawn(on(i % 2), hold_witness)).has_value());
  rt.stop();
  EXPECT_EQ(finished, 0);
  EXPECT_EQ(destroyed, 10);
}

TEST_F(runtime_stop, gives_roots_that_trap_the_time_they_need) {
  runtime rt{{.schedulers = 2, .stop_timeout = for_ever}};
  for (std::uint32_t i = 0; i < 4; ++i) {
    pid root = rt.spawn({.scheduler = placement::on(i % 2), .trap_exit = true}, stop_in_order);
    EXPECT_TRUE(rt.info(root).has_value());
  }
  rt.stop();
  EXPECT_EQ(finished, 4);
  EXPECT_EQ(destroyed, 4);
}

TEST_F(runtime_stop, kills_who_does_not_end_in_time) {
  runtime rt{{.schedulers = 2, .stop_timeout = 1ms}};
  for (std::uint32_t i = 0; i < 4; ++i)
    EXPECT_TRUE(rt.info(rt.spawn({.scheduler = placement::on(i % 2), .trap_exit = true}, ignore_shutdown)).has_value());
  rt.stop();
  EXPECT_EQ(destroyed, 4);
}

TEST_F(runtime_stop, by_a_halt_asks_nobody) {
  runtime rt{{.schedulers = 2, .stop_timeout = for_ever}};
  for (std::uint32_t i = 0; i < 4; ++i) {
    pid root = rt.spawn({.scheduler = placement::on(i % 2), .trap_exit = true}, stop_in_order);
    EXPECT_TRUE(rt.info(root).has_value());
  }
  rt.halt();
  EXPECT_EQ(finished, 0);
  EXPECT_EQ(destroyed, 4);
  rt.stop();
  EXPECT_THROW(rt.spawn(hold_witness), exit_exception);
}

TEST_F(runtime_stop, by_a_halt_lets_nobody_begin) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  for (std::uint32_t i = 0; i < 4; ++i) {
    rt->spawn(
        on(i % 2),
        [](witness) -> process<> {
          ++finished;
          co_return;
        },
        witness{});
  }
  rt->halt();
  EXPECT_EQ(finished, 0);
  EXPECT_GE(destroyed, 4);
}

TEST_F(runtime_stop, ends_processes_that_are_no_roots) {
  runtime rt{{.schedulers = 2, .stop_timeout = for_ever}};
  rt.call([]() -> task<> {
    for (std::uint32_t i = 0; i < 100; ++i) spawn(on(i % 2), hold_witness);
    spawn({.trap_exit = true}, ignore_shutdown);
    for (std::uint32_t where : {0u, 1u}) co_await await_death(spawn(on(where), end_at_once));
  });
  rt.stop();
  EXPECT_EQ(finished, 0);
  EXPECT_EQ(destroyed, 101);
}

TEST_F(runtime_stop, ends_processes_that_never_wait) {
  runtime rt{{.schedulers = 2, .stop_timeout = for_ever}};
  for (std::uint32_t i = 0; i < 4; ++i) {
    rt.spawn(on(i % 2), []() -> process<> {
      for (;;) co_await yield();
    });
  }
  rt.stop();
}

TEST_F(runtime_stop, twice_is_once_by_several_threads_too) {
  runtime rt{{.schedulers = 2, .stop_timeout = for_ever}};
  EXPECT_TRUE(rt.info(rt.spawn({.trap_exit = true}, stop_in_order)).has_value());
  std::vector<std::thread> stoppers;
  for (int i = 0; i < 4; ++i) {
    stoppers.emplace_back([&] {
      rt.stop();
      EXPECT_EQ(destroyed, 1) << "who returns from stop finds everything ended";
    });
  }
  for (std::thread& each : stoppers) each.join();
  rt.stop();
  EXPECT_EQ(finished, 1);
}

TEST_F(runtime_stop, refuses_what_is_started_afterwards) {
  runtime rt{{.schedulers = 2}};
  pid root = rt.spawn({.name = "root"}, hold_witness);
  rt.stop();
  auto reason_of = [](auto start) {
    try {
      start();
    } catch (const exit_exception& refused) {
      return refused.reason();
    }
    return exit_reason{};
  };
  EXPECT_EQ(reason_of([&] { rt.spawn(end_at_once); }), exit_reason::noconnection);
  EXPECT_EQ(reason_of([&] { rt.run(end_at_once); }), exit_reason::noconnection);
  EXPECT_EQ(reason_of([&] { rt.call([]() -> task<int> { co_return 1; }); }), exit_reason::noconnection);
  EXPECT_EQ(reason_of([&] { static_cast<void>(rt.info(root)); }), exit_reason::noconnection);
  rt.send(root, go{});
  rt.send(root, std::string(1000, 'x'));
  rt.exit(root, exit_reason::kill);
  EXPECT_EQ(rt.whereis("root"), std::nullopt);
  rt.wait();
}

// Each call is answered or refused: none is forgotten.
TEST_F(runtime_stop, answers_or_refuses_calls_that_come_meanwhile) {
  for (int round = 0; round < 20; ++round) {
    runtime rt{{.schedulers = 2, .level = log_level::off}};
    std::atomic<int> answered{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 3; ++i) {
      callers.emplace_back([&] {
        for (;;) {
          try {
            answered += rt.call([]() -> task<int> { co_return 1; });
          } catch (const exit_exception& refused) {
            if (refused.reason() == exit_reason::noconnection) return;
            EXPECT_TRUE(refused.reason() == exit_reason::shutdown || refused.reason() == exit_reason::killed)
                << to_string(refused.reason());
          }
        }
      });
    }
    while (answered < 10) std::this_thread::yield();
    rt.stop();
    for (std::thread& each : callers) each.join();
  }
}

// Tells when its scheduler is told to stop: one that does not sleep is woken for nothing else.
class stop_teller final : public no_driver {
 public:
  void poll(duration) override { std::this_thread::yield(); }
  void wake() noexcept override { told = true; }
  static inline std::atomic<bool> told;
};

// A turn takes 4,096 signals, and the scheduler has none left before it ends.
TEST_F(runtime_stop, begins_and_ends_what_is_started_behind_any_number_of_signals) {
  static std::promise<void> holds;
  holds = {};
  runtime rt{{.schedulers = 1, .long_schedule = 0s, .stop_timeout = 0s, .make_driver = [] {
                return std::make_unique<stop_teller>();
              }}};
  stop_teller::told = true;
  rt.spawn([]() -> process<> {
    stop_teller::told = false;
    holds.set_value();
    while (!stop_teller::told) std::this_thread::yield();
    co_return;
  });
  holds.get_future().get();
  for (int i = 0; i < 20'000; ++i) rt.send(pid{}, go{});
  rt.spawn({.name = "late"}, hold_witness);
  rt.stop();
  EXPECT_EQ(rt.whereis("late"), std::nullopt) << "its death was never seen";
}

TEST_F(runtime_stop, by_its_own_blocking_work_is_a_fault_that_is_named) {
  EXPECT_DEATH(
      {
        static runtime* stopped = nullptr;
        runtime rt{{.schedulers = 1}};
        stopped = &rt;
        rt.run([]() -> process<> { co_await blocking([] { stopped->stop(); }); });
      },
      "it would wait for itself");
}

TEST_F(runtime_stop, by_the_blocking_work_of_another_runtime_is_none) {
  static runtime* stopped = nullptr;
  runtime outer{{.schedulers = 1}};
  runtime inner{{.schedulers = 1}};
  stopped = &inner;
  EXPECT_EQ(outer.run([]() -> process<> { co_await blocking([] { stopped->stop(); }); }), exit_reason::normal);
  EXPECT_THROW(inner.spawn(end_at_once), exit_exception);
}

// Starts another when it is destroyed, as often as it is refused.
struct stubborn {
  explicit stubborn(runtime& rt, int tries) : rt{&rt}, tries{tries} {}
  stubborn(stubborn&& other) noexcept : rt{std::exchange(other.rt, nullptr)}, tries{other.tries} {}
  ~stubborn() {
    if (rt == nullptr || tries == 0) return;
    try {
      rt->spawn([](stubborn) -> process<> { co_return; }, stubborn{*rt, tries - 1});
    } catch (const exit_exception&) {
      ++destroyed;
    }
  }
  runtime* rt;
  int tries;
};

}  // namespace

template <>
inline constexpr bool enable_sendable<stubborn> = true;

namespace {

TEST_F(runtime_stop, destroys_arguments_that_are_refused_where_they_may_start_others) {
  testing::stepped_runtime rt;
  rt->stop();
  EXPECT_THROW(rt.spawn([](stubborn) -> process<> { co_return; }, stubborn{*rt, 3}), exit_exception);
  EXPECT_EQ(destroyed, 3);
}

TEST_F(runtime_stop, waits_for_blocking_work) {
  static std::promise<void> begun;
  static std::promise<void> may_return;
  begun = {};
  may_return = {};
  auto rt = std::make_unique<runtime>(runtime_options{.schedulers = 1, .stop_timeout = for_ever});
  rt->spawn([]() -> process<> {
    witness here;
    co_await blocking([] {
      begun.set_value();
      may_return.get_future().get();
      EXPECT_EQ(destroyed, 0) << "the frame outlives the work";
      ++finished;
    });
  });
  begun.get_future().get();
  std::thread stopper{[&] { rt.reset(); }};
  may_return.set_value();
  stopper.join();
  EXPECT_EQ(finished, 1);
  EXPECT_EQ(destroyed, 1);
}

TEST_F(runtime_stop, writes_out_the_log) {
  std::vector<std::string> lines;
  {
    runtime rt{
        {.schedulers = 1, .log_sink = make_log_sink([&](const log_line& line) { lines.emplace_back(line.text); })}};
    rt.call([]() -> task<> {
      for (int i = 0; i < 100; ++i) log(log_level::info, std::to_string(i));
      co_return;
    });
  }
  ASSERT_EQ(lines.size(), 101u);
  EXPECT_TRUE(lines.front().starts_with("io driver: "));
  EXPECT_EQ(lines.back(), "99");
}

}  // namespace
}  // namespace dialtone
