// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_path.hpp>

#include <algorithm>
#include <limits>
#include <utility>

#include <dialtone/base/assert.hpp>

namespace dialtone::testing::simulated {

namespace {

dialtone::detail::random_bits numbers_for(std::uint64_t seed, host_id from, host_id to, std::uint64_t purpose) {
  using dialtone::detail::random_bits;
  const std::uint64_t direction = std::uint64_t{std::to_underlying(from)} << 32 | std::to_underlying(to);
  return random_bits{random_bits{random_bits{seed}.next() ^ direction}.next() + purpose};
}

duration time_of(std::size_t size, std::uint64_t bytes_per_second) {
  constexpr std::uint64_t nanoseconds = 1'000'000'000;
  DIALTONE_ASSERT(size <= std::numeric_limits<std::uint32_t>::max(), "no segment is that large");
  return duration{static_cast<duration::rep>(size * nanoseconds / bytes_per_second)};
}

}  // namespace

simulated_path::simulated_path(host_id from, host_id to, std::uint64_t seed, const link_options& options)
    : from{from},
      to{to},
      options{options},
      delay_{numbers_for(seed, from, to, 1)},
      loss_{numbers_for(seed, from, to, 2)},
      segmentation_{numbers_for(seed, from, to, 3)},
      duplication_{numbers_for(seed, from, to, 4)},
      reordering_{numbers_for(seed, from, to, 5)} {}

time_point simulated_path::arrival(time_point now, std::size_t size) {
  time_point gone = now;
  if (options.bytes_per_second != 0)
    gone = free_at_ = std::max(now, free_at_) + time_of(size, options.bytes_per_second);
  return gone + options.delay.draw(delay_);
}

std::size_t simulated_path::segment(std::size_t size) {
  const std::size_t most = std::min(size, std::max<std::size_t>(options.segment_limit, 1));
  if (most < 2 || !options.segmentation.draw(segmentation_)) return most;
  return 1 + segmentation_.below(static_cast<std::uint32_t>(most - 1));
}

}  // namespace dialtone::testing::simulated
