// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/log.hpp>

#include <condition_variable>
#include <deque>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

using std::chrono::milliseconds;
using lines = std::vector<std::string>;

static_assert(!std::is_copy_constructible_v<log_queue> && !std::is_move_constructible_v<log_queue>);

// Background work that runs when the test says so.
class log_test : public testing::Test {
 protected:
  log_options options(std::size_t capacity = 8192) {
    return {.capacity = capacity,
            .level = log_level::info,
            .sink = make_log_sink([this](const log_line& line) { receive(line); }),
            .run_in_background = [this](std::function<void()> work) { pending.push_back(std::move(work)); },
            .wall_clock = [this] { return now; }};
  }
  void receive(const log_line& line) {
    if (refuse) throw std::runtime_error("no space left on device");
    written.emplace_back(std::string(line.source) + ": " + std::string(line.text));
    levels.push_back(line.level);
    times.push_back(line.time);
  }
  void run_pending() {
    while (!pending.empty()) {
      const auto work = std::move(pending.front());
      pending.pop_front();
      work();
    }
  }
  void write(log_queue& log, std::string text) { log.write(log_level::info, {}, std::move(text)); }

  wall_time now{milliseconds(1'700'000'000'123)};
  std::deque<std::function<void()>> pending;
  bool refuse = false;
  lines written;
  std::vector<log_level> levels;
  std::vector<wall_time> times;
};

TEST_F(log_test, a_line_carries_time_level_pid_name_and_text) {
  log_queue log(options());
  log.write(log_level::error, {.pid = "<0.17.2>", .name = "cache"}, "it broke");
  log.write(log_level::warning, {.pid = "<0.18.1>", .name = ""}, "unnamed");
  log.write(log_level::critical, {}, "the runtime itself");
  now += milliseconds(5);  // the time is that of the writing, not that of the sink
  EXPECT_TRUE(written.empty());
  run_pending();
  EXPECT_EQ(written, (lines{"<0.17.2> cache: it broke", "<0.18.1>: unnamed", "dialtone: the runtime itself"}));
  EXPECT_EQ(levels, (std::vector{log_level::error, log_level::warning, log_level::critical}));
  EXPECT_EQ(times, std::vector<wall_time>(3, wall_time(milliseconds(1'700'000'000'123))));
}

TEST_F(log_test, work_is_asked_for_once_until_it_is_done) {
  log_queue log(options());
  for (int number = 0; number < 100; ++number) write(log, std::to_string(number));
  EXPECT_EQ(pending.size(), 1u);
  run_pending();
  EXPECT_EQ(written.size(), 100u);
  EXPECT_EQ(written.back(), "dialtone: 99");
  write(log, "again");
  EXPECT_EQ(pending.size(), 1u);
}

TEST_F(log_test, what_is_below_the_level_is_not_written) {
  log_queue log(options());
  EXPECT_FALSE(log.enabled(log_level::debug));
  log.write(log_level::debug, {}, "detail");
  EXPECT_TRUE(pending.empty());
  log.set_level(log_level::debug);
  log.write(log_level::debug, {}, "detail wanted");
  log.set_level(log_level::off);
  EXPECT_FALSE(log.enabled(log_level::critical));
  log.write(log_level::critical, {}, "off");
  log.flush();
  EXPECT_EQ(written, lines{"dialtone: detail wanted"});
}

TEST_F(log_test, a_full_queue_drops_and_one_line_in_their_place_says_how_many) {
  log_queue log(options(3));
  for (const char* text : {"1", "2", "3"}) write(log, text);
  EXPECT_EQ(log.dropped(), 0u);
  for (const char* text : {"4", "5"}) write(log, text);
  EXPECT_EQ(log.dropped(), 2u);
  run_pending();
  const lines first{"dialtone: 1", "dialtone: 2", "dialtone: 3",
                    "dialtone: 2 log records were dropped because the queue was full"};
  EXPECT_EQ(written, first);
  EXPECT_EQ(levels.back(), log_level::warning);
  write(log, "6");
  run_pending();
  EXPECT_EQ(written.size(), 5u);
  EXPECT_EQ(written.back(), "dialtone: 6");
}

TEST_F(log_test, a_gap_stands_between_the_records_before_and_after_it) {
  log_options inner = options(2);
  log_queue* self = nullptr;
  // While the sink is at the first record, both are still in hand: what is written now is dropped.
  inner.sink = make_log_sink([&](const log_line& line) {
    if (line.text == "1") self->write(log_level::info, {}, "too early");
    if (line.text == "3") self->write(log_level::info, {}, "4");
    receive(line);
  });
  log_queue log(std::move(inner));
  self = &log;
  write(log, "1");
  write(log, "2");
  run_pending();
  write(log, "3");
  run_pending();
  const std::string gap = "dialtone: 1 log records were dropped because the queue was full";
  EXPECT_EQ(written, (lines{"dialtone: 1", "dialtone: 2", gap, "dialtone: 3", "dialtone: 4"}));
}

TEST_F(log_test, the_default_capacity_is_8192_records) {
  log_options by_default = options();
  by_default.capacity = log_options{}.capacity;
  log_queue log(std::move(by_default));
  for (int number = 0; number < 8192; ++number) write(log, "x");
  EXPECT_EQ(log.dropped(), 0u);
  write(log, "one more");
  EXPECT_EQ(log.dropped(), 1u);
  run_pending();
  EXPECT_EQ(written.size(), 8193u);
}

TEST_F(log_test, a_text_of_64_kib_is_whole_and_a_longer_one_is_cut) {
  log_queue log(options());
  write(log, std::string(64 * 1024, 'x'));
  write(log, std::string(64 * 1024 + 7, 'x'));
  log.flush();
  EXPECT_EQ(written[0], "dialtone: " + std::string(64 * 1024, 'x'));
  EXPECT_EQ(written[1], "dialtone: " + std::string(64 * 1024, 'x') + " [7 more bytes]");
}

TEST_F(log_test, flush_does_the_work_that_nobody_did) {
  log_queue log(options(2));
  for (const char* text : {"1", "2", "3"}) write(log, text);
  log.flush();
  EXPECT_EQ(written.size(), 3u);
  EXPECT_EQ(written.back(), "dialtone: 1 log records were dropped because the queue was full");
  log.flush();
  run_pending();  // late, and with nothing left to do
  EXPECT_EQ(written.size(), 3u);
}

TEST_F(log_test, after_a_flush_work_is_asked_for_again_even_if_the_last_was_refused) {
  log_queue log(options());
  write(log, "1");
  pending.clear();
  log.flush();
  write(log, "2");
  EXPECT_EQ(pending.size(), 1u);
  run_pending();
  EXPECT_EQ(written, (lines{"dialtone: 1", "dialtone: 2"}));
}

TEST_F(log_test, the_destructor_writes_what_is_left_and_late_work_is_harmless) {
  {
    log_queue log(options());
    write(log, "the last words");
  }
  EXPECT_EQ(written, lines{"dialtone: the last words"});
  run_pending();
  EXPECT_EQ(written.size(), 1u);
}

TEST_F(log_test, work_may_run_inline_and_a_sink_may_write) {
  log_options inline_options = options();
  inline_options.run_in_background = [](const std::function<void()>& work) { work(); };
  log_queue* self = nullptr;
  inline_options.sink = make_log_sink([&](const log_line& line) {
    if (line.text == "question") self->write(log_level::info, {}, "answer");
    receive(line);
  });
  log_queue log(std::move(inline_options));
  self = &log;
  write(log, "question");
  EXPECT_EQ(written, (lines{"dialtone: question", "dialtone: answer"}));
}

TEST_F(log_test, what_the_sink_refuses_is_counted_and_told_once_it_takes_lines_again) {
  log_queue log(options());
  refuse = true;
  for (const char* text : {"1", "2", "3"}) write(log, text);
  run_pending();
  EXPECT_EQ(log.lost(), 3u);
  refuse = false;
  write(log, "4");
  run_pending();
  EXPECT_EQ(written, (lines{"dialtone: 3 log records were lost: no space left on device", "dialtone: 4"}));
  EXPECT_EQ(log.lost(), 3u);
}

TEST_F(log_test, the_default_sink_writes_utc_lines_to_stderr) {
  testing::internal::CaptureStderr();
  {
    log_options by_default = options();
    by_default.sink = nullptr;
    log_queue log(std::move(by_default));
    log.write(log_level::error, {.pid = "<0.17.2>", .name = "cache"}, "crashed:\n  second line");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "2023-11-14T22:13:20.123Z [error] <0.17.2> cache: crashed:\n  second line\n");
}

// A thread that runs what it is given, as a pool for blocking work does.
class worker {
 public:
  void run(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    changed_.notify_one();
  }
  ~worker() {
    run({});
    thread_.join();
  }

 private:
  void loop() {
    while (const auto work = next()) work();
  }
  std::function<void()> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !work_.empty(); });
    auto work = std::move(work_.front());
    work_.pop_front();
    return work;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  std::thread thread_{[this] { loop(); }};
};

TEST(log_threads_test, each_writers_lines_stay_in_order_and_none_is_unaccounted_for) {
  constexpr int writer_count = 3;
  constexpr int line_count = 5000;
  std::vector<int> last(writer_count, -1);
  std::uint64_t seen = 0;
  std::uint64_t told = 0;
  worker background;
  {
    log_queue log({.capacity = 256,
                   .sink = make_log_sink([&](const log_line& line) {
                     if (line.source == "dialtone") {
                       told += std::stoull(std::string(line.text));
                       return;
                     }
                     ++seen;
                     int& previous = last[std::stoul(std::string(line.source))];
                     const int number = std::stoi(std::string(line.text));
                     EXPECT_LT(previous, number);
                     previous = number;
                   }),
                   .run_in_background = [&](std::function<void()> work) { background.run(std::move(work)); },
                   .wall_clock = [] { return wall_time{}; }});
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < writer_count; ++writer) {
      writers.emplace_back([&log, writer] {
        for (int number = 0; number < line_count; ++number) {
          log.write(log_level::info, {.pid = std::to_string(writer), .name = ""}, std::to_string(number));
          if (number % 1000 == 0) log.flush();
        }
      });
    }
    writers.clear();
    log.flush();
    EXPECT_EQ(told, log.dropped());
  }
  EXPECT_EQ(seen + told, std::uint64_t{writer_count} * line_count);
}

TEST(log_threads_test, a_writer_does_not_wait_for_a_sink_that_hangs) {
  std::latch entered(1);
  std::latch release(1);
  lines written;
  worker background;
  log_queue log({.capacity = 4,
                 .sink = make_log_sink([&](const log_line& line) {
                   if (line.text == "first") {
                     entered.count_down();
                     release.wait();
                   }
                   written.emplace_back(line.text);
                 }),
                 .run_in_background = [&](std::function<void()> work) { background.run(std::move(work)); },
                 .wall_clock = [] { return wall_time{}; }});
  log.write(log_level::info, {}, "first");
  entered.wait();
  for (int number = 0; number < 10; ++number) log.write(log_level::info, {}, std::to_string(number));
  EXPECT_EQ(log.dropped(), 7u);  // one is in the sink's hand, three are queued
  release.count_down();
  log.flush();
  EXPECT_EQ(written, (lines{"first", "0", "1", "2", "7 log records were dropped because the queue was full"}));
}

TEST_F(log_test, options_without_work_or_clock_are_refused) {
  log_options no_work = options();
  no_work.run_in_background = nullptr;
  EXPECT_DEATH(log_queue{no_work}, "somebody to run its work");
  log_options no_clock = options();
  no_clock.wall_clock = nullptr;
  EXPECT_DEATH(log_queue{no_clock}, "needs a clock");
  EXPECT_DEATH(log_queue{options(0)}, "room for one record");
}

}  // namespace
}  // namespace dialtone
