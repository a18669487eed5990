// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_link.hpp>

#include <algorithm>
#include <bit>

#include <dialtone/base/assert.hpp>

namespace dialtone::testing {

probability probability::parts_per_million(std::uint32_t parts) {
  DIALTONE_ASSERT(parts <= certain, "a probability is at most 1");
  probability made;
  made.parts_ = parts;
  return made;
}

latency latency::fixed(duration time) { return uniform(time, time); }

latency latency::uniform(duration least, duration most) {
  DIALTONE_ASSERT(least >= duration::zero(), "a delay is not negative");
  DIALTONE_ASSERT(least <= most, "the longest delay is not shorter than the shortest");
  DIALTONE_ASSERT(most <= longest, "a delay is an hour at most");
  return {least, most - least, most};
}

latency latency::long_tailed(duration least, duration typical, duration most) {
  latency made = uniform(least, most);
  DIALTONE_ASSERT(typical > duration::zero(), "a typical delay is longer than nothing");
  made.span_ = std::min(typical, most);
  made.has_tail_ = true;
  return made;
}

duration latency::draw(dialtone::detail::random_bits& from) const {
  if (least_ == most_) return least_;
  const std::uint64_t drawn = from.next();
  // An hour has 42 bits, and 20 more are left for where in the span.
  const auto within = [&](duration span) {
    return duration{static_cast<duration::rep>((static_cast<std::uint64_t>(span.count()) * (drawn & 0xf'ffff)) >> 20)};
  };
  if (!has_tail_) return least_ + within(span_);
  duration start{};
  duration span = span_;
  for (int doublings = std::countl_zero(drawn | 1); doublings > 0 && least_ + start < most_; --doublings) {
    start = start + span;
    span = start;
  }
  return std::min(most_, least_ + start + within(span));
}

}  // namespace dialtone::testing
