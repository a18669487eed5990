// SPDX-License-Identifier: Apache-2.0
// The works of works.py on Dialtone (works::named_work). For this program only.
#pragma once

#include <dialtone/dialtone.hpp>

#include "../dialtone_main.hpp"

#include <algorithm>

namespace works {

inline constexpr long ring_size = 10'000;
inline constexpr int pairs = 8;

struct item {
  long value;
};
struct done {};
struct stop {};

/// The schedulers of the two sides of a stream of messages.
struct way {
  std::uint32_t from;
  std::uint32_t to;
};

inline dt::spawn_options on(std::uint32_t scheduler) { return {.scheduler = dt::placement::on(scheduler)}; }

inline double rate(long messages, dt::time_point start) {
  return static_cast<double>(messages) * 1e9 / nanoseconds_since(start);
}

dt::task<double> ping_pong(long rounds);
dt::task<double> cross_ping_pong(long rounds);
dt::task<double> within_one(long rounds);
dt::task<double> within_two(long rounds);

dt::task<double> flood(long count);
dt::task<double> cross_flood(long count);
dt::task<double> cross_n_to_n(long count);

dt::task<double> ring(long hops);
dt::task<double> ring_million(long hops);
dt::task<double> spawn_exit(long count);
dt::task<double> idle_bytes(long count);
dt::task<double> timers(long count);

dt::task<double> selective_empty(long calls);
dt::task<double> selective_100k(long calls);

}  // namespace works
