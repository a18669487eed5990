// SPDX-License-Identifier: Apache-2.0
// Processes by key: one is looked up among 10,000, and a message is dispatched to 1,000.
#include "dialtone_works.hpp"

#include <algorithm>
#include <stdexcept>

namespace works {

namespace {

constexpr long keys = 10'000;
constexpr long members = 1'000;

using directory = dt::registry<long, std::monostate>;

struct ready {};
struct note {
  long value;
};
struct heard {};

dt::process<> owner(directory known, long key, dt::pid observer) {
  known.register_key(key);
  dt::send(observer, ready{});
  co_await dt::receive<ready>();
}

// Tells when it has heard the last one.
dt::process<> member(directory known, dt::pid observer, long last) {
  known.register_key(0);
  dt::send(observer, ready{});
  for (long value = -1; value != last;) value = (co_await dt::receive<note>()).value;
  dt::send(observer, heard{});
}

}  // namespace

dt::task<double> registry_lookup(long count) {
  directory known;
  for (long key = 0; key < keys; ++key) {
    dt::spawn_link(owner, known, key, dt::self());
    co_await dt::receive<ready>();
  }
  auto start = dt::now();
  for (long index = 0; index < count; ++index)
    if (!known.lookup(index * 7'919 % keys)) throw std::runtime_error{"nobody has the key"};
  double time = nanoseconds_since(start);
  for (long key = 0; key < keys; ++key) dt::send(known.lookup(key)->pid, ready{});
  co_return time / static_cast<double>(count);
}

dt::task<double> registry_dispatch(long count) {
  directory known{{.keys = dt::registry_keys::duplicate}};
  const long rounds = std::max(count / members, 1L);
  for (long index = 0; index < members; ++index) {
    dt::spawn_link(member, known, dt::self(), rounds - 1);
    co_await dt::receive<ready>();
  }
  auto start = dt::now();
  for (long round = 0; round < rounds; ++round) {
    known.dispatch(0, note{round});
    co_await dt::yield();
  }
  for (long index = 0; index < members; ++index) co_await dt::receive<heard>();
  co_return nanoseconds_since(start) / static_cast<double>(rounds * members);
}

}  // namespace works
