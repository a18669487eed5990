// SPDX-License-Identifier: Apache-2.0
// The storm of storm_test.hpp: with threads, stopped in its midst, and stepped in an order drawn from the seed.
#include "storm_test.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace storm;

int rounds() {
  const char* wanted = std::getenv("STORM_ROUNDS");
  return wanted == nullptr ? 100 : std::atoi(wanted);
}
std::uint64_t seed() {
  const char* wanted = std::getenv("STORM_SEED");
  return wanted == nullptr ? 1 : static_cast<std::uint64_t>(std::atoll(wanted));
}

class storm_on : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  storm_on() { begin(); }
};
INSTANTIATE_TEST_SUITE_P(schedulers, storm_on, ::testing::Values(1u, 2u, 4u));

TEST_P(storm_on, leaves_nothing_behind) {
  {
    runtime rt{{.schedulers = GetParam(),
                .process_limit = process_limit,
                .blocking_threads = 3,
                .blocking_queue_limit = 4,
                .stop_timeout = 10ms,
                .level = log_level::off}};
    rt.run(fan, rounds());
    rt.stop();
  }
  EXPECT_EQ(alive, 0);
}

TEST_P(storm_on, that_is_stopped_at_any_time_leaves_nothing_behind) {
  for (int round = 0; round < 20; ++round) {
    begin();
    {
      runtime rt{{.schedulers = GetParam(),
                  .process_limit = process_limit,
                  .blocking_threads = 2,
                  .stop_timeout = (round % 3) * 1ms,
                  .level = log_level::off}};
      rt.spawn({.trap_exit = true}, fan, 1000);
      std::this_thread::sleep_for(std::chrono::milliseconds{round});
      std::thread other{[&] { rt.stop(); }};
      for (int i = 0; i < 1000; ++i) rt.send(pid::from_value(board[i % std::size(board)]), bomb{});
      rt.stop();
      other.join();
    }
    EXPECT_EQ(alive, 0) << round;
  }
}

TEST_P(storm_on, in_any_order_leaves_nothing_behind) {
  for (std::uint64_t step = seed(); step < seed() + static_cast<std::uint64_t>(rounds()) / 5; ++step) {
    SCOPED_TRACE(::testing::Message() << "seed " << step);
    begin();
    {
      testing::stepped_runtime rt{{.schedulers = GetParam(),
                                   .seed = step,
                                   .shuffle = true,
                                   .runtime = {.process_limit = process_limit, .level = log_level::off}}};
      rt.run(fan, 20);
      if (step % 2 == 0) {
        rt.advance(1min);
        EXPECT_LE(rt->processes().size(), process_limit);
      }
    }
    EXPECT_EQ(alive, 0);
  }
}

}  // namespace
}  // namespace dialtone
