// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/backoff.hpp>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t least = 0;
constexpr std::uint64_t most = ~std::uint64_t{0};
constexpr std::uint64_t middle = std::uint64_t{1} << 63;

TEST(backoff, grows_by_its_factor_up_to_its_maximum) {
  const backoff_options options{.initial = 100ms, .maximum = 1s, .factor = 2, .jitter = 0};
  const std::vector<duration> waits{100ms, 200ms, 400ms, 800ms, 1s, 1s};
  for (std::size_t failures = 0; failures < waits.size(); ++failures)
    EXPECT_EQ(backoff_delay(options, failures, most), waits[failures]) << failures;
}

TEST(backoff, stays_at_its_maximum_however_often_it_fails) {
  const backoff_options options{.initial = 1ms, .maximum = 30s, .factor = 10, .jitter = 0};
  EXPECT_EQ(backoff_delay(options, 100'000, 0), 30s);
}

TEST(backoff, a_factor_of_one_does_not_grow) {
  const backoff_options options{.initial = 5ms, .maximum = 30s, .factor = 1, .jitter = 0};
  EXPECT_EQ(backoff_delay(options, 50, 0), 5ms);
}

TEST(backoff, jitter_draws_around_the_wait) {
  const backoff_options options{.initial = 100ms, .maximum = 30s, .factor = 2, .jitter = 0.5};
  EXPECT_EQ(backoff_delay(options, 0, least), 50ms);
  EXPECT_EQ(backoff_delay(options, 0, middle), 100ms);
  EXPECT_NEAR(static_cast<double>(backoff_delay(options, 0, most).count()), 150e6, 1e3);
}

TEST(backoff, jitter_does_not_pass_the_maximum) {
  const backoff_options options{.initial = 1s, .maximum = 1s, .factor = 2, .jitter = 1};
  EXPECT_EQ(backoff_delay(options, 3, most), 1s);
  EXPECT_EQ(backoff_delay(options, 3, least), 0s);
}

}  // namespace
}  // namespace dialtone
