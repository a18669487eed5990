// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/node_clock.hpp>

#include <stdexcept>

namespace dialtone::testing {

namespace {

constexpr std::int64_t million = 1'000'000;
constexpr duration offset_limit = std::chrono::hours{100 * 365 * 24};

// a * b / c, rounded down or up, without an overflow on the way (a second is 10^9, and b may be 2 * 10^6).
std::int64_t scaled_down(std::int64_t a, std::int64_t b, std::int64_t c) { return a / c * b + a % c * b / c; }
std::int64_t scaled_up(std::int64_t a, std::int64_t b, std::int64_t c) { return a / c * b + (a % c * b + c - 1) / c; }

}  // namespace

node_clock::node_clock(io::clock& truth, clock_skew skew) : truth_{truth}, set_at_{truth.now()}, shown_then_{set_at_} {
  set(skew);
}

void node_clock::set(clock_skew skew) {
  if (skew.drift_ppm < -million / 2 || skew.drift_ppm > million)
    throw std::invalid_argument{"a clock drifts by -500,000 to 1,000,000 millionths"};
  if (skew.offset < -offset_limit || skew.offset > offset_limit)
    throw std::invalid_argument{"a clock is wrong by a hundred years at most"};
  shown_then_ = now();
  set_at_ = truth_.now();
  skew_ = skew;
}

time_point node_clock::now() {
  const std::int64_t since = (truth_.now() - set_at_).count();
  return shown_then_ + duration{scaled_down(since, million + skew_.drift_ppm, million)};
}

std::chrono::system_clock::time_point node_clock::wall_time() {
  const duration ahead = skew_.offset + (now() - truth_.now());
  return truth_.wall_time() + std::chrono::duration_cast<std::chrono::system_clock::duration>(ahead);
}

time_point node_clock::truth_at(time_point local) const {
  if (local == never) return never;
  const std::int64_t ahead = (local - shown_then_).count();
  if (ahead <= 0) return set_at_;
  // A clock that is slow by half needs twice the time; what is further away than that is as good as never.
  if (ahead > (never - set_at_).count() / 4) return never;
  return set_at_ + duration{scaled_up(ahead, million, million + skew_.drift_ppm)};
}

}  // namespace dialtone::testing
