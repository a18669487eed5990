// SPDX-License-Identifier: Apache-2.0
// On real threads: the watchdog has one of its own, and what it reports runs meanwhile. Nothing here waits for time: a
// test waits for the report, and the process runs until the test has it. The system may hold any process up, so what
// else is reported is not looked at.
#include <atomic>
#include <future>
#include <source_location>
#include <thread>

#include <gtest/gtest.h>

#include <dialtone/runtime/core.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

std::atomic<bool> held;
std::atomic<std::uint32_t> line;

void hold_the_scheduler() {
  while (held) std::this_thread::yield();
}

std::promise<void> waits;

// Once it waits, what it is sent begins a slice of its own.
process<> hog() {
  waits.set_value();
  line = std::source_location::current().line() + 1;
  co_await receive<go>();
  hold_the_scheduler();
}

process<> hog_from_the_beginning() {
  hold_the_scheduler();
  co_return;
}

std::string tag(const telemetry::record& record, std::string_view name) {
  const std::string* value = record.find_tag(name);
  return value == nullptr ? "(none)" : *value;
}

// The reports about processes that went on from a place. A handler that is detached while it runs finishes, so what it
// writes to is its own too.
class reports {
 public:
  reports(runtime& rt, std::string place) : rt_{rt}, name_{"at " + place} {
    auto keep = [place, seen = seen_](const telemetry::record& record) {
      if (tag(record, "place").contains(place) && ++seen->count == 1) seen->first.set_value(record);
    };
    EXPECT_TRUE(rt.telemetry().attach(name_, "dialtone.scheduler.long_schedule", keep).has_value());
  }
  ~reports() { rt_.telemetry().detach(name_); }
  telemetry::record first() { return seen_->first.get_future().get(); }
  int count() const { return seen_->count; }

 private:
  struct seen {
    std::promise<telemetry::record> first;
    std::atomic<int> count{0};
  };
  runtime& rt_;
  std::string name_;
  std::shared_ptr<seen> seen_ = std::make_shared<seen>();
};

class watchdog_reports : public ::testing::Test {
 protected:
  watchdog_reports() {
    held = true;
    waits = {};
  }
  ~watchdog_reports() override { held = false; }
  std::vector<std::string> log_;
  runtime rt_{{.schedulers = 2, .long_schedule = 5ms, .log_sink = make_log_sink([this](const log_line& written) {
                                                        log_.emplace_back(written.text);
                                                      })}};
};

TEST_F(watchdog_reports, name_who_holds_a_scheduler_and_where_while_it_does) {
  reports seen{rt_, "watchdog_reports_test.cpp"};
  pid process = rt_.spawn({.name = "hog", .scheduler = placement::on(1)}, hog);
  waits.get_future().get();
  rt_.send(process, go{});
  telemetry::record report = seen.first();
  EXPECT_EQ(tag(report, "pid"), to_string(process));
  EXPECT_EQ(tag(report, "name"), "hog");
  EXPECT_EQ(tag(report, "place"), "watchdog_reports_test.cpp:" + std::to_string(line) + " in dialtone::hog");
  EXPECT_EQ(std::get<std::int64_t>(*report.find_measurement("scheduler")), 1);
  EXPECT_GE(std::get<std::int64_t>(*report.find_measurement("duration")), std::chrono::nanoseconds{2ms}.count());
  // The other scheduler goes on.
  EXPECT_EQ(rt_.call([]() -> task<int> { co_return 7; }), 7);
  held = false;
  rt_.stop();
  std::string beginning = "long_schedule: process " + to_string(process) + " hog has held scheduler 1 for ";
  EXPECT_EQ(std::ranges::count_if(log_, [&](const std::string& text) { return text.starts_with(beginning); }), 1);
}

TEST_F(watchdog_reports, name_a_process_in_its_first_slice) {
  reports seen{rt_, "its beginning"};
  pid process = rt_.spawn(hog_from_the_beginning);
  telemetry::record report = seen.first();
  EXPECT_EQ(tag(report, "pid"), to_string(process));
  EXPECT_EQ(tag(report, "name"), "");
  held = false;
}

TEST_F(watchdog_reports, do_not_take_the_place_of_one_process_for_that_of_the_next) {
  EXPECT_EQ(rt_.run([]() -> process<> {
    for (int i = 0; i < 3; ++i) co_await yield();
  }),
            exit_reason::normal);
  reports seen{rt_, ""};
  pid process = rt_.spawn(hog_from_the_beginning);
  telemetry::record report = seen.first();
  EXPECT_EQ(tag(report, "pid"), to_string(process));
  EXPECT_EQ(tag(report, "place"), "its beginning");
  held = false;
}

TEST_F(watchdog_reports, come_once_for_a_long_slice) {
  reports seen{rt_, "watchdog_reports_test.cpp"};
  pid process = rt_.spawn(on(1), hog);
  waits.get_future().get();
  rt_.send(process, go{});
  seen.first();
  // A second process is reported only after the watchdog has looked at the first again.
  reports others{rt_, "its beginning"};
  rt_.spawn(on(0), hog_from_the_beginning);
  others.first();
  EXPECT_EQ(seen.count(), 1);
  held = false;
}

TEST_F(watchdog_reports, name_each_of_the_long_slices_of_a_process) {
  pid process = rt_.spawn(on(1), []() -> dialtone::process<> {
    for (waits.set_value();;) {
      co_await receive<go>();
      hold_the_scheduler();
    }
  });
  waits.get_future().get();
  for (int i = 0; i < 3; ++i) {
    held = true;
    reports seen{rt_, "watchdog_reports_test.cpp"};
    rt_.send(process, go{});
    seen.first();
    held = false;
    // An answer comes after the slice.
    EXPECT_TRUE(rt_.info(process).has_value());
  }
}

// A clock that moves only when it is told, and counts who looks at it from outside of the schedulers: the watchdog.
class watched_clock final : public io::clock {
 public:
  time_point now() override {
    if (detail::this_core == nullptr) ++looks;
    return time_point{1h} + duration{passed.load()};
  }
  std::chrono::system_clock::time_point wall_time() override { return {}; }
  std::atomic<std::int64_t> passed{0};
  std::atomic<int> looks{0};
};
watched_clock* manual_clock = nullptr;

TEST(watchdog_silence, is_kept_about_a_process_that_awaits_often) {
  watched_clock clock;
  manual_clock = &clock;
  runtime rt{{.schedulers = 1, .long_schedule = 5ms, .spin = 0s, .clock = &clock}};
  reports seen{rt, ""};
  // Hours of work in slices of a millisecond, until the watchdog has looked often enough.
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int start = manual_clock->looks; manual_clock->looks < start + 10;) {
      manual_clock->passed += std::chrono::nanoseconds{1ms}.count();
      co_await yield();
    }
  }),
            exit_reason::normal);
  EXPECT_EQ(seen.count(), 0);
}

}  // namespace
}  // namespace dialtone
