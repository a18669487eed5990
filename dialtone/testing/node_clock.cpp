// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/node_clock.hpp>

#include <algorithm>
#include <stdexcept>

namespace dialtone::testing {

namespace {

constexpr std::int64_t million = 1'000'000;

// a * b / c, rounded down or up, without an overflow on the way (a second is 10^9, and b may be 2 * 10^6).
std::int64_t scaled_down(std::int64_t a, std::int64_t b, std::int64_t c) { return a / c * b + a % c * b / c; }
std::int64_t scaled_up(std::int64_t a, std::int64_t b, std::int64_t c) { return a / c * b + (a % c * b + c - 1) / c; }

}  // namespace

node_clock::node_clock(io::clock& truth, clock_skew skew) : truth_{truth} { set(skew); }

void node_clock::set(clock_skew skew) {
  if (skew.drift_ppm < -million / 2 || skew.drift_ppm > million)
    throw std::invalid_argument{"a clock drifts by -500,000 to 1,000,000 millionths"};
  skew_ = skew;
  set_at_ = truth_.now();
}

time_point node_clock::shown() const {
  std::int64_t since = (truth_.now() - set_at_).count();
  return set_at_ + skew_.offset + duration{scaled_down(since, million + skew_.drift_ppm, million)};
}

time_point node_clock::now() {
  latest_ = std::max(latest_, shown());
  return latest_;
}

std::chrono::system_clock::time_point node_clock::wall_time() {
  return truth_.wall_time() + std::chrono::duration_cast<std::chrono::system_clock::duration>(shown() - truth_.now());
}

time_point node_clock::truth_at(time_point local) const {
  if (local == never) return never;
  std::int64_t ahead = (local - (set_at_ + skew_.offset)).count();
  if (ahead <= 0) return set_at_;
  // A clock that is slow by half needs twice the time; what is further away than that is as good as never.
  if (ahead > (never - set_at_).count() / 4) return never;
  return set_at_ + duration{scaled_up(ahead, million, million + skew_.drift_ppm)};
}

}  // namespace dialtone::testing
