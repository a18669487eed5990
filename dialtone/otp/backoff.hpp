// SPDX-License-Identifier: Apache-2.0
// The wait before an attempt that follows failed ones: grows by a factor up to a maximum, with jitter, so that many who
// fail together do not come back together. A pure function; whoever uses it counts its failures.
#pragma once

#include <cstddef>
#include <cstdint>

#include <dialtone/base/time.hpp>

namespace dialtone {

/// The wait before a start: `initial` after the first end, `factor` times as long after each further one, up to
/// `maximum`; drawn from as much more or less as `jitter` (0 to 1) says; from the beginning again once a child has been
/// up for `reset_after`.
struct backoff_options {
  duration initial = std::chrono::milliseconds{100};
  duration maximum = std::chrono::seconds{30};
  double factor = 2;
  double jitter = 0.1;
  duration reset_after = std::chrono::seconds{60};
};

/// The wait after `failures` (0: the first one), for a random number.
duration backoff_delay(const backoff_options& options, std::size_t failures, std::uint64_t random);

}  // namespace dialtone
