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

// `end` ends the child that is up, and its supervisor starts it again.
dt::task<double> restarts(long count, void (*end)(dt::pid child)) {
  const long rounds = std::max(count / crashes, 1L);
  auto start = dt::now();
  for (long round = 0; round < rounds; ++round) {
    auto top = co_await dt::start_link(
        dt::supervisor_spec{.intensity = crashes + 1, .children = {dt::child("crasher", crasher, dt::self())}});
    for (long left = crashes; left > 0; --left) end((co_await dt::receive<up>()).child);
    co_await dt::receive<up>();
    co_await top.stop();
  }
  co_return nanoseconds_since(start) / static_cast<double>(rounds * crashes);
}

// Not inlined: the exception leaves one frame, as it leaves the coroutine of a process.
[[gnu::noinline]] void throw_one(bool really) {
  if (really) throw std::runtime_error{"crash"};
}

}  // namespace

dt::task<double> crash_restart(long count) {
  return restarts(count, [](dt::pid child) { dt::send(child, fall{}); });
}

dt::task<double> signal_restart(long count) {
  return restarts(count, [](dt::pid child) { dt::exit(child, dt::exit_reason::custom_text("crash")); });
}

dt::task<double> throw_catch(long count) {
  long caught = 0;
  auto start = dt::now();
  for (long left = count; left > 0; --left) {
    try {
      throw_one(left > 0);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  co_return nanoseconds_since(start) / static_cast<double>(caught);
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
