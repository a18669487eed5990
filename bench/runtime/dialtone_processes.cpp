// SPDX-License-Identifier: Apache-2.0
// Processes and timers in great numbers.
#include "dialtone_works.hpp"

#include <chrono>
#include <variant>
#include <vector>

#include "../resident_bytes.hpp"

namespace works {

namespace {

struct token {
  long left;
};
struct next {
  dt::pid pid;
};
struct timeout {};

dt::process<> nothing() { co_return; }

dt::process<> idle() { co_await dt::receive<stop>(); }

dt::process<> hop(dt::pid after, dt::pid observer) {
  if (!after) after = (co_await dt::receive<next>()).pid;
  for (;;) {
    auto message = co_await dt::receive<token, stop>();
    auto* held = std::get_if<token>(&message);
    if (held == nullptr) break;
    if (held->left > 0)
      dt::send(after, token{held->left - 1});
    else
      dt::send(observer, done{});
  }
  dt::send(after, stop{});
}

}  // namespace

namespace {

dt::task<double> ring_of(long members, long hops) {
  dt::pid last = dt::spawn(hop, dt::pid{}, dt::self());
  dt::pid first = last;
  for (long i = 1; i < members; ++i) first = dt::spawn(hop, first, dt::self());
  dt::send(last, next{first});
  auto start = dt::now();
  dt::send(first, token{hops});
  co_await dt::receive<done>();
  double time = nanoseconds_since(start);
  dt::send(first, stop{});
  co_return time / static_cast<double>(hops);
}

}  // namespace

dt::task<double> ring(long hops) { return ring_of(ring_size, hops); }

dt::task<double> ring_million(long hops) { return ring_of(1'000'000, hops); }

dt::task<double> spawn_exit(long count) {
  long batches = std::max(count / batch, 1L);
  auto alive = dt::process_count();
  auto start = dt::now();
  for (long i = 0; i < batches; ++i) {
    for (long j = 0; j < batch; ++j) dt::spawn(nothing);
    while (dt::process_count() != alive) co_await dt::yield();
  }
  co_return nanoseconds_since(start) / static_cast<double>(batches * batch);
}

dt::task<double> idle_bytes(long count) {
  double before = resident_bytes();
  for (long i = 0; i < count; ++i) dt::spawn(idle);
  co_await dt::yield();
  co_return (resident_bytes() - before) / static_cast<double>(count);
}

dt::task<double> timers(long count) {
  std::vector<dt::reference> pending(static_cast<std::size_t>(count));
  auto start = dt::now();
  long i = 0;
  for (auto& timer : pending) {
    std::chrono::milliseconds delay{10'000 + (i++ * 7919) % 590'000};
    timer = dt::send_after(delay, dt::self(), timeout{});
  }
  for (auto timer : pending) dt::cancel_timer(timer);
  co_return nanoseconds_since(start) / static_cast<double>(count);
}

}  // namespace works
