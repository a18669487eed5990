// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/backoff.hpp>

#include <algorithm>
#include <cmath>

namespace dialtone {

duration backoff_delay(const backoff_options& options, std::size_t failures, std::uint64_t random) {
  const auto maximum = static_cast<double>(options.maximum.count());
  double wait = static_cast<double>(options.initial.count()) * std::pow(options.factor, static_cast<double>(failures));
  const double drawn = static_cast<double>(random >> 11) * 0x1p-53;  // 0 to 1
  wait = std::min(wait, maximum) * (1 + options.jitter * (2 * drawn - 1));
  // The longest duration is no double: the conversion of the next one would overflow.
  return wait < maximum ? duration{static_cast<duration::rep>(wait)} : options.maximum;
}

}  // namespace dialtone
