// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/rate_limiter.hpp>

#include <algorithm>
#include <utility>

#include <dialtone/base/assert.hpp>

namespace dialtone {

namespace {

constexpr duration second = std::chrono::seconds(1);

// Rounded up, so that the rate is never exceeded.
duration interval_of(std::size_t per_second) {
  DIALTONE_ASSERT(per_second >= 1 && per_second <= 1'000'000'000, "a rate is between 1 and 10^9 a second");
  const auto count = static_cast<std::int64_t>(per_second);
  return duration((second.count() + count - 1) / count);
}

}  // namespace

rate_limiter::rate_limiter(limits limits) : interval_(interval_of(limits.per_second)) {
  DIALTONE_ASSERT(limits.burst >= 1 && limits.burst <= 1'000'000, "a burst is between 1 and a million");
  tolerance_ = interval_ * static_cast<std::int64_t>(limits.burst - 1);
}

// The generic cell rate algorithm (ITU-T I.371): one point in time stands for the level of the bucket.
std::optional<std::uint64_t> rate_limiter::take(time_point now) {
  const time_point full = std::max(full_, now);
  if (full - now > tolerance_) {
    ++suppressed_;
    return std::nullopt;
  }
  full_ = full + interval_;
  return std::exchange(suppressed_, 0);
}

}  // namespace dialtone
