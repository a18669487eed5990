// SPDX-License-Identifier: Apache-2.0
// Messages between pairs of processes: to and fro, and in one direction.
#include "dialtone_works.hpp"

#include <vector>

namespace works {

namespace {

struct ping {
  dt::pid from;
};
struct pong {};

dt::process<> ponger() {
  for (;;) {
    auto message = co_await dt::receive<ping>();
    dt::send(message.from, pong{});
  }
}

dt::process<> pinger(dt::pid peer, long rounds, dt::pid observer) {
  for (; rounds > 0; --rounds) {
    dt::send(peer, ping{dt::self()});
    co_await dt::receive<pong>();
  }
  dt::exit(peer, dt::exit_reason::kill);
  dt::send(observer, done{});
}

dt::process<> counter(long count, dt::pid observer) {
  for (; count > 0; --count) co_await dt::receive<item>();
  dt::send(observer, done{});
}

// A sender never waits by itself; the BEAM would preempt it after so many sends.
dt::process<> sender(dt::pid receiver, long count) {
  while (count > 0) {
    for (long left = std::min(batch, count); left > 0; --left) dt::send(receiver, item{count--});
    co_await dt::yield();
  }
}

dt::task<> await_done(std::size_t count) {
  for (; count > 0; --count) co_await dt::receive<done>();
}

dt::task<dt::duration> play(std::vector<way> ways, long rounds) {
  auto start = dt::now();
  for (auto [from, to] : ways) dt::spawn(on(from), pinger, dt::spawn(on(to), ponger), rounds, dt::self());
  co_await await_done(ways.size());
  co_return dt::now() - start;
}

dt::task<dt::duration> pour(std::vector<way> ways, long count) {
  auto start = dt::now();
  for (auto [from, to] : ways) dt::spawn(on(from), sender, dt::spawn(on(to), counter, count, dt::self()), count);
  co_await await_done(ways.size());
  co_return dt::now() - start;
}

double each(dt::duration time, long count) { return static_cast<double>(time.count()) / static_cast<double>(count); }

double per_second(long count, dt::duration time) { return 1e9 / each(time, count); }

dt::task<double> within(std::vector<way> ways, long rounds) {
  long messages = 2 * rounds * static_cast<long>(ways.size());
  co_return per_second(messages, co_await play(std::move(ways), rounds));
}

std::vector<way> alternating(way first, way second) {
  std::vector<way> ways;
  for (int i = 0; i < pairs; ++i) ways.insert(ways.end(), {first, second});
  return ways;
}

}  // namespace

dt::task<double> ping_pong(long rounds) { co_return each(co_await play({way{0, 0}}, rounds), 2 * rounds); }

dt::task<double> cross_ping_pong(long rounds) { co_return each(co_await play({way{0, 1}}, rounds), rounds); }

dt::task<double> within_one(long rounds) { return within(std::vector<way>(pairs, way{0, 0}), rounds); }

dt::task<double> within_two(long rounds) { return within(alternating({0, 0}, {1, 1}), rounds); }

dt::task<double> flood(long count) { co_return each(co_await pour({way{0, 0}}, count), count); }

dt::task<double> cross_flood(long count) { co_return per_second(count, co_await pour({way{0, 1}}, count)); }

dt::task<double> cross_n_to_n(long count) {
  co_return per_second(2 * pairs * count, co_await pour(alternating({0, 1}, {1, 0}), count));
}

}  // namespace works
