// SPDX-License-Identifier: Apache-2.0
// A token bucket: so many a second, with bursts. For reports that a fault may repeat without end, such as those of
// crashes. It takes no lock and reads no clock; its owner does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <dialtone/base/time.hpp>

namespace dialtone {

class rate_limiter {
 public:
  /// Both at least one; at most 10^9 a second, the finest that the clock can tell apart, and a burst of at most a
  /// million.
  struct limits {
    std::size_t per_second;
    std::size_t burst;
  };

  explicit rate_limiter(limits limits);

  /// Empty if there is no token at `now`; else takes one and returns how many were refused since the last one was
  /// given.
  std::optional<std::uint64_t> take(time_point now);

  /// How many were refused since the last token was given.
  std::uint64_t suppressed() const { return suppressed_; }

 private:
  duration interval_;                    // between two tokens
  duration tolerance_;                   // how far the use may run ahead of the rate
  time_point full_ = time_point::min();  // when the bucket will be full again
  std::uint64_t suppressed_ = 0;
};

}  // namespace dialtone
