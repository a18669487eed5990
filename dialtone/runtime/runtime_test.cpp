// SPDX-License-Identifier: Apache-2.0
// The runtime as an object, on real threads, from ordinary ones. Nothing here waits for time: tests wait for answers.
#include <dialtone/runtime/runtime.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/io/uring_permitted_test.hpp>
#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

static_assert(!std::is_copy_constructible_v<runtime> && !std::is_move_constructible_v<runtime>);

task<int> add(int left, int right) { co_return left + right; }

TEST(runtime_options, that_make_no_sense_are_refused) {
  EXPECT_THROW(runtime({.schedulers = 256}), std::invalid_argument);
  EXPECT_THROW(runtime({.schedulers = 1, .process_limit = 0}), std::invalid_argument);
  EXPECT_THROW(runtime({.schedulers = 1, .mailbox_limit = 0}), std::invalid_argument);
  seeded_order order{1};
  EXPECT_THROW(runtime({.schedulers = 1, .chooser = &order}), std::invalid_argument);
  try {
    runtime rt{{.schedulers = 256}};
    ADD_FAILURE() << "a runtime with more schedulers than a pid can name";
  } catch (const std::invalid_argument& refused) {
    EXPECT_STREQ(refused.what(), "a runtime has at most 255 schedulers");
  }
}

TEST(runtime_options, allow_255_schedulers) {
  stepped_runtime rt{{.schedulers = 255}};
  EXPECT_EQ(rt->scheduler_count(), 255u);
  EXPECT_EQ(rt.run([]() -> process<> {
    auto last = spawn_monitor(on(254), end_at_once);
    EXPECT_EQ(last.pid.scheduler(), 254u);
    EXPECT_EQ(co_await end_of(last.reference), exit_reason::normal);
  }),
            exit_reason::normal);
}

TEST(runtime_options, give_a_scheduler_to_each_processor_by_default) {
  runtime rt;
  EXPECT_GE(rt.scheduler_count(), 1u);
  EXPECT_LE(rt.scheduler_count(), std::thread::hardware_concurrency());
}

TEST(runtime_options, of_a_driver_that_cannot_be_made_leave_nothing_behind) {
  int made = 0;
  runtime_options options{.schedulers = 3};
  options.make_driver = [&]() -> std::unique_ptr<io::driver> {
    if (++made == 3) throw std::system_error{std::make_error_code(std::errc::too_many_files_open), "epoll_create1"};
    return std::make_unique<no_driver>();
  };
  EXPECT_THROW(runtime{options}, std::system_error);
  EXPECT_EQ(made, 3);
}

std::string driver_told(io::driver_choice wanted) {
  std::vector<std::string> lines;
  {
    runtime rt{{.schedulers = 2, .driver = wanted, .log_sink = make_log_sink([&](const log_line& line) {
                                                     lines.emplace_back(line.text);
                                                   })}};
  }
  return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " lines";
}

TEST(runtime_options, say_which_driver_it_is_and_the_log_tells) {
  const io::io_environment unset{nullptr};
  const std::string best = io::uring_is_permitted() ? "io driver: io_uring (" : "io driver: epoll (io_uring_setup: ";
  EXPECT_EQ(driver_told(io::driver_choice::epoll), "io driver: epoll");
  EXPECT_TRUE(driver_told(io::driver_choice::best).starts_with(best)) << driver_told(io::driver_choice::best);
  const io::io_environment set{"best"};
  EXPECT_TRUE(driver_told(io::driver_choice::epoll).starts_with(best));
  const io::io_environment wrong{"kqueue"};
  EXPECT_THROW(runtime{}, std::invalid_argument);
}

TEST(runtime_call, returns_what_the_task_returns) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.call(add, 2, 3), 5);
  EXPECT_EQ(rt.call([](std::string text) -> task<std::string> { co_return text + "!"; }, "hello"), "hello!");
  EXPECT_EQ(*rt.call([]() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); }), 7);
  static std::atomic<bool> ran;
  ran = false;
  rt.call([]() -> task<> {
    ran = true;
    co_return;
  });
  EXPECT_TRUE(ran);
}

TEST(runtime_call, runs_in_a_process) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.call([]() -> task<pid> {
                pid child = spawn(on(1), wait_for_go);
                send(child, go{});
                co_await await_death(child);
                auto about = co_await info_of(self());
                co_return about ? about->pid : pid{};
              }).scheduler(),
            0u);
}

TEST(runtime_call, throws_what_ends_the_task) {
  runtime rt{{.schedulers = 1, .level = log_level::off}};
  auto reason_of = [&](auto function) {
    try {
      rt.call(function);
    } catch (const exit_exception& ended) {
      return ended.reason();
    }
    return exit_reason{};
  };
  exit_reason thrown = reason_of([]() -> task<int> {
    throw std::out_of_range{"too far"};
    co_return 1;
  });
  EXPECT_EQ(thrown.type(), "std::out_of_range");
  EXPECT_EQ(thrown.text(), "too far");
  EXPECT_EQ(reason_of([]() -> task<int> {
              exit(because("no result"));
              co_return 1;
            }),
            because("no result"));
  EXPECT_EQ(reason_of([]() -> task<> {
              exit(self(), exit_reason::kill);
              co_return;
            }),
            exit_reason::killed);
}

// Ended without a result, though in order: there is none to return.
TEST(runtime_call, throws_normal_when_the_task_exits_normally) {
  runtime rt{{.schedulers = 1}};
  try {
    rt.call([]() -> task<int> {
      exit(exit_reason::normal);
      co_return 1;
    });
    ADD_FAILURE() << "a result that was never made";
  } catch (const exit_exception& ended) {
    EXPECT_EQ(ended.reason(), exit_reason::normal);
  }
}

TEST(runtime_call, is_open_to_several_threads_at_once) {
  runtime rt{{.schedulers = 2}};
  std::atomic<int> right{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 200; ++i) {
        right += rt.call(add, caller, i) == caller + i;
        rt.spawn({.scheduler = placement::spread()}, end_at_once);
        rt.run(end_at_once);
      }
    });
  }
  for (std::thread& each : callers) each.join();
  EXPECT_EQ(right, 8 * 200);
}

TEST(runtime_run, returns_the_reason) {
  runtime rt{{.schedulers = 2, .level = log_level::off}};
  EXPECT_EQ(rt.run(end_at_once), exit_reason::normal);
  EXPECT_EQ(rt.run(end_with, because("enough")), because("enough"));
  EXPECT_EQ(rt.run(
                  [](int left, std::string text) -> process<> {
                    EXPECT_EQ(left, 1);
                    throw std::runtime_error{text};
                    co_return;
                  },
                  1, "as planned")
                .text(),
            "as planned");
}

TEST(runtime_run, is_what_main_returns) {
  runtime_options quiet{.schedulers = 1, .level = log_level::off};
  EXPECT_EQ(run(quiet, end_at_once), 0);
  EXPECT_EQ(run(quiet, end_with, exit_reason::shutdown), 0);
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run(quiet, end_with, because("out of paper")), 1);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "the first process ended: custom: out of paper\n");
}

TEST(runtimes, are_several_in_one_program) {
  runtime left{{.schedulers = 2}};
  runtime right{{.schedulers = 2}};
  left.spawn({.name = "only"}, wait_for_go);
  EXPECT_TRUE(left.whereis("only"));
  EXPECT_FALSE(right.whereis("only"));
  pid other = right.spawn({.name = "only"}, wait_for_go);
  EXPECT_EQ(right.whereis("only"), other);
  EXPECT_EQ(left.processes().size(), 2u);
  left.stop();
  EXPECT_EQ(right.call(add, 1, 2), 3);
  right.send(other, go{});
}

TEST(runtimes, come_and_go) {
  for (int i = 0; i < 50; ++i) {
    runtime rt{{.schedulers = 2}};
    if (i % 2 == 0) EXPECT_EQ(rt.call(add, i, 1), i + 1);
    rt.spawn(on(1), wait_for_go);
  }
}

TEST(runtime_signals, reach_processes_from_outside) {
  runtime rt{{.schedulers = 2}};
  static std::promise<int> received;
  received = {};
  pid process = rt.spawn(on(1), []() -> dialtone::process<> {
    int sum = 0;
    for (int i = 0; i < 3; ++i) sum += co_await receive<int>();
    received.set_value(sum);
    co_await receive<go>();
  });
  for (int i = 1; i <= 3; ++i) rt.send(process, i);
  EXPECT_EQ(received.get_future().get(), 6);
  EXPECT_TRUE(rt.info(process).has_value());
  rt.exit(process, exit_reason::kill);
  EXPECT_EQ(rt.call(
                  [](pid killed) -> task<exit_reason> {
                    reference watched = monitor(killed);
                    co_return co_await end_of(watched);
                  },
                  process)
                .is_orderly(),
            false);
  EXPECT_FALSE(rt.info(process).has_value());
  rt.send(process, 1);
  rt.exit(process, exit_reason::kill);
  rt.send(pid{}, 1);
  rt.send(pid{77, 1, 1}, 1);
  rt.exit(pid{77, 1, 1}, exit_reason::kill);
}

TEST(runtime_signals, from_outside_keep_their_order) {
  runtime rt{{.schedulers = 1}};
  pid process = rt.spawn([]() -> dialtone::process<> {
    for (int i = 0; i < 10'000; ++i) {
      int next = co_await receive<int>();
      EXPECT_EQ(next, i);
    }
  });
  for (int i = 0; i < 10'000; ++i) rt.send(process, i);
  rt.wait();
}

TEST(runtime_wait, returns_when_all_roots_have_ended) {
  runtime rt{{.schedulers = 2}};
  rt.wait();
  pid first = rt.spawn(wait_for_go);
  pid second = rt.spawn(on(1), wait_for_go);
  static std::atomic<int> ended;
  ended = 0;
  std::thread helper{[&] {
    rt.send(first, go{});
    ended = 1;
    rt.send(second, go{});
  }};
  rt.wait();
  EXPECT_EQ(ended, 1);
  helper.join();
}

TEST(runtime_misuse, by_a_process_ends_the_program_with_a_sentence) {
  static runtime* rt = nullptr;
  constexpr const char* sentence = "functions of a runtime object are for ordinary threads";
  using misuse = void (*)();
  for (misuse each :
       {+[] { rt->spawn(end_at_once); }, +[] { rt->run(end_at_once); },
        +[] { rt->call([]() -> task<> { co_return; }); }, +[] { rt->send(pid{}, go{}); },
        +[] { rt->exit(pid{}, exit_reason::kill); }, +[] { static_cast<void>(rt->info(pid{})); },
        +[] { static_cast<void>(rt->processes()); }, +[] { rt->stop(); }, +[] { rt->wait(); }, +[] { rt->step(); }}) {
    static misuse chosen;
    chosen = each;
    EXPECT_DEATH(
        {
          stepped_runtime stepped;
          rt = &*stepped;
          stepped.run([]() -> process<> {
            chosen();
            co_return;
          });
        },
        sentence);
  }
}

TEST(runtime_misuse, of_a_stepped_function_ends_the_program_with_a_sentence) {
  EXPECT_DEATH(
      {
        runtime rt{{.schedulers = 1}};
        rt.step();
      },
      "step is for stepped runtimes: this one has threads");
}

TEST(stepped_runtimes, tell_who_has_asked_why_a_process_ended) {
  stepped_runtime rt;
  std::vector<exit_reason> told;
  auto note = [&](const exit_reason& reason) { told.push_back(reason); };
  rt->spawn_observed(note, {.name = "first"}, [](int) -> process<> { co_return; }, 1);
  pid second = rt->spawn_observed(note, {}, wait_for_go);
  rt.settle();
  EXPECT_EQ(told, std::vector<exit_reason>{exit_reason::normal});
  rt->exit(second, exit_reason::kill);
  rt.settle();
  EXPECT_EQ(told.back(), exit_reason::killed);
}

TEST(stepped_runtimes, refuse_to_wait_for_what_will_never_come) {
  stepped_runtime rt;
  EXPECT_THROW(rt.run(wait_for_go), std::logic_error);
  EXPECT_THROW(rt.call([]() -> task<int> { co_return co_await receive<int>(); }), std::logic_error);
  EXPECT_TRUE(rt->processes().size() == 1) << "who waited in vain is gone";
  EXPECT_EQ(rt.call(add, 1, 1), 2);
}

}  // namespace
}  // namespace dialtone
