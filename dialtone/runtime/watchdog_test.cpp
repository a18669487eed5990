// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/watchdog.hpp>

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>

#include <dialtone/io/clock.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/telemetry.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

// By the pids that they are about: on a busy machine a process that the system does not let run is reported too.
std::mutex guard;
std::map<std::string, int> reports;

int reports_about(pid process) {
  std::lock_guard lock{guard};
  return reports[to_string(process)];
}

void count_reports(runtime& rt) {
  reports.clear();
  EXPECT_TRUE(rt.telemetry().attach("test", "dialtone.scheduler.long_schedule", [](const telemetry::record& record) {
    EXPECT_NE(record.find_measurement("duration"), nullptr);
    const std::string* about = record.find_tag("pid");
    ASSERT_NE(about, nullptr);
    std::lock_guard lock{guard};
    ++reports[*about];
  }));
}

// Holds its scheduler until it has been reported; true unless that takes longer than any machine needs.
bool hold_until_reported() {
  io::clock& clock = io::system_clocks();
  const int before = reports_about(self());
  for (time_point end = clock.now() + 30s; reports_about(self()) == before;)
    if (clock.now() > end) return false;
  return true;
}

// Between the turns the watchdog has seen nothing for so long that it sleeps, until the scheduler wakes.
TEST(watchdog, reports_who_holds_its_scheduler_after_a_pause_of_any_length) {
  runtime rt{{.schedulers = 1, .long_schedule = 1ms, .level = log_level::off}};
  count_reports(rt);
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int pause = 0; pause < 12; ++pause) {
      EXPECT_TRUE(hold_until_reported()) << "after a pause of " << pause * 4 << " ms";
      co_await sleep_for(pause * 4ms);
    }
  }),
            exit_reason::normal);
}

TEST(watchdog, reports_one_hold_once) {
  runtime rt{{.schedulers = 1, .long_schedule = 1ms, .level = log_level::off}};
  count_reports(rt);
  static pid holder;
  EXPECT_EQ(rt.run([]() -> process<> {
    holder = self();
    EXPECT_TRUE(hold_until_reported());
    io::clock& clock = io::system_clocks();
    for (time_point end = clock.now() + 20ms; clock.now() < end;) continue;
    co_return;
  }),
            exit_reason::normal);
  EXPECT_EQ(reports_about(holder), 1);
}

TEST(watchdog, watches_every_scheduler) {
  runtime rt{{.schedulers = 3, .long_schedule = 1ms, .level = log_level::off}};
  count_reports(rt);
  for (std::uint32_t scheduler = 0; scheduler < 3; ++scheduler) {
    pid holder = rt.spawn({.scheduler = placement::on(scheduler)}, []() -> process<> {
      EXPECT_TRUE(hold_until_reported());
      co_return;
    });
    rt.call(
        [](pid watched) -> task<> {
          (void)monitor(watched);
          co_await receive<down>();
        },
        holder);
    EXPECT_EQ(reports_about(holder), 1);
  }
}

}  // namespace
}  // namespace dialtone
