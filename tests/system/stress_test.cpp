// SPDX-License-Identifier: Apache-2.0
// The stress of stress_test.hpp on one to four schedulers: with threads, and stepped in an order drawn from the seed.
//
// DIALTONE_STRESS_SECONDS: how long each kind runs, one seed after the other. DIALTONE_STRESS_SEED: the first seed; a
// failure prints its own.
#include "stress_test.hpp"

#include <cstdlib>
#include <iostream>

#include <dialtone/io/clock.hpp>
#include <dialtone/io/system.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace stress;

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

// Runs `once(seed)` for as long as the environment says, with seed after seed.
template <class Once>
void for_seeds(Once once) {
  io::clock& clock = io::system_clocks();
  std::uint64_t seed = environment("DIALTONE_STRESS_SEED", io::entropy());
  time_point end = clock.now() + std::chrono::seconds{environment("DIALTONE_STRESS_SECONDS", 2)};
  do {
    SCOPED_TRACE("DIALTONE_STRESS_SEED=" + std::to_string(seed));
    here.begin(1 + static_cast<std::uint32_t>(seed % 4));
    once(seed);
    EXPECT_EQ(frames, 0);
    EXPECT_EQ(parcels, 0);
    EXPECT_GT(here.deeds, 0);
    if (::testing::Test::HasFailure()) {
      std::cerr << "DIALTONE_STRESS_SEED=" << seed << "\n";
      return;
    }
    ++seed;
  } while (clock.now() < end);
}

TEST(stress, nothing_is_lost_or_left_behind_between_threads) {
  for_seeds([](std::uint64_t seed) {
    runtime rt{{.schedulers = here.schedulers, .seed = seed, .level = log_level::off}};
    EXPECT_EQ(rt.run(director, seed, duration{300ms}), exit_reason::normal);
  });
}

TEST(stress, nothing_is_lost_or_left_behind_in_a_shuffled_order) {
  for_seeds([](std::uint64_t seed) {
    testing::stepped_runtime rt{
        {.schedulers = here.schedulers, .seed = seed, .shuffle = true, .runtime = {.level = log_level::off}}};
    EXPECT_EQ(rt.run(director, seed, duration{50ms}), exit_reason::normal);
  });
}

TEST(stress, a_runtime_that_ends_in_the_midst_of_it_leaves_nothing) {
  for_seeds([](std::uint64_t seed) {
    {
      runtime rt{{.schedulers = here.schedulers, .stop_timeout = 0s, .seed = seed, .level = log_level::off}};
      rt.spawn({.trap_exit = true}, director, seed, duration{1h});
      rt.call([]() -> task<> { co_await sleep_for(20ms); });
    }
    EXPECT_EQ(frames, 0);
  });
}

}  // namespace
}  // namespace dialtone
