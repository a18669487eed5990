// SPDX-License-Identifier: Apache-2.0
// Children that crash and are started again, and 100,000 that are started and ended.
#include "dialtone_works.hpp"

#include <algorithm>
#include <stdexcept>

namespace works {

namespace {

constexpr long crashes = 100;  // under one supervisor

struct up {
  dt::pid child;
};
struct fall {};

dt::process<> crasher(dt::pid observer) {
  dt::send(observer, up{dt::self()});
  co_await dt::receive<fall>();
  throw std::runtime_error{"crash"};
}

dt::process<> idle() { co_await dt::receive<fall>(); }

}  // namespace

dt::task<double> crash_restart(long count) {
  const long rounds = std::max(count / crashes, 1L);
  auto start = dt::now();
  for (long round = 0; round < rounds; ++round) {
    auto top = co_await dt::start_link(
        dt::supervisor_spec{.intensity = crashes + 1, .children = {dt::child("crasher", crasher, dt::self())}});
    for (long left = crashes; left > 0; --left) dt::send((co_await dt::receive<up>()).child, fall{});
    co_await dt::receive<up>();
    co_await top.stop();
  }
  co_return nanoseconds_since(start) / static_cast<double>(rounds * crashes);
}

dt::task<double> dynamic_children(long count) {
  auto start = dt::now();
  auto top = co_await dt::start_link(dt::dynamic_supervisor_spec{});
  const dt::child_spec spec = dt::child("idle", idle).restart(dt::restart_type::temporary);
  for (long left = count; left > 0; --left)
    if (!co_await top.start_child(spec)) throw std::runtime_error{"a child did not start"};
  co_await top.stop();
  co_return nanoseconds_since(start) / static_cast<double>(count);
}

}  // namespace works
