// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/watchdog.hpp>

#include <gtest/gtest.h>

#include <atomic>

#include <dialtone/io/clock.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/telemetry.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

std::atomic<int> reports;

void count_reports(runtime& rt) {
  reports = 0;
  EXPECT_TRUE(rt.telemetry().attach("test", "dialtone.scheduler.long_schedule", [](const telemetry::record& record) {
    EXPECT_NE(record.find_tag("pid"), nullptr);
    EXPECT_NE(record.find_measurement("duration"), nullptr);
    ++reports;
  }));
}

// Holds its scheduler until it has been reported; true unless that takes longer than any machine needs.
bool hold_until_reported(int before) {
  io::clock& clock = io::system_clocks();
  for (time_point end = clock.now() + 30s; reports == before;)
    if (clock.now() > end) return false;
  return true;
}

// Between the turns the watchdog has seen nothing for so long that it sleeps, until the scheduler wakes.
TEST(watchdog, reports_who_holds_its_scheduler_after_a_pause_of_any_length) {
  runtime rt{{.schedulers = 1, .long_schedule = 1ms, .level = log_level::off}};
  count_reports(rt);
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int pause = 0; pause < 12; ++pause) {
      int before = reports;
      EXPECT_TRUE(hold_until_reported(before)) << "after a pause of " << pause * 4 << " ms";
      co_await sleep_for(pause * 4ms);
    }
  }),
            exit_reason::normal);
}

TEST(watchdog, reports_one_hold_once) {
  runtime rt{{.schedulers = 1, .long_schedule = 1ms, .level = log_level::off}};
  count_reports(rt);
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_TRUE(hold_until_reported(0));
    io::clock& clock = io::system_clocks();
    for (time_point end = clock.now() + 20ms; clock.now() < end;) continue;
    co_return;
  }),
            exit_reason::normal);
  EXPECT_EQ(reports, 1);
}

// The system may hold up any process, also those that only wait here: what is reported of others does not count.
TEST(watchdog, watches_every_scheduler) {
  static std::atomic<std::uint64_t> reported;
  runtime rt{{.schedulers = 3, .long_schedule = 1ms, .level = log_level::off}};
  ASSERT_TRUE(rt.telemetry().attach("test", "dialtone.scheduler.long_schedule", [](const telemetry::record& record) {
    if (*record.find_tag("name") == "holder") ++reported;
  }));
  for (std::uint32_t scheduler = 0; scheduler < 3; ++scheduler) {
    reported = 0;
    pid holder = rt.spawn({.name = "holder", .scheduler = placement::on(scheduler)}, []() -> process<> {
      io::clock& clock = io::system_clocks();
      for (time_point end = clock.now() + 30s; reported == 0 && clock.now() < end;) continue;
      co_return;
    });
    rt.call(
        [](pid watched) -> task<> {
          (void)monitor(watched);
          co_await receive<down>();
        },
        holder);
    EXPECT_EQ(reported, 1u) << scheduler;
  }
}

}  // namespace
}  // namespace dialtone
