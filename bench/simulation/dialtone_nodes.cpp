// SPDX-License-Identifier: Apache-2.0
// Many nodes: how much faster than real time they go, and what they hold.
#include "dialtone_works.hpp"

#include <cstdlib>
#include <string>

#include "../resident_bytes.hpp"

using namespace std::chrono_literals;

namespace works {

namespace {

long opened = 0;
long beats = 0;

std::string name_of(long node) { return "node-" + std::to_string(node); }

dt::process<> hear(dt::tcp::socket socket) {
  while (co_await socket.recv(0, 3s)) ++beats;
}

dt::process<> hearts() {
  auto listener = co_await dt::tcp::listen({.port = 4000});
  while (auto socket = co_await listener->accept()) socket->controlling_process(dt::spawn(hear, *socket));
}

// Every node is asked for at one moment, and answers late: who asks has patience.
dt::process<> member(std::string neighbour) {
  dt::spawn(hearts);
  co_await dt::sleep_for(1s);
  auto socket = co_await dt::tcp::connect(neighbour, 4000);
  if (!socket) std::abort();
  for (;;) {
    if (!co_await socket->send("beat")) std::abort();
    co_await dt::sleep_for(1s);
  }
}

dt::process<> hold(dt::tcp::socket socket) { co_await socket.recv(0); }

dt::process<> holders() {
  auto listener = co_await dt::tcp::listen({.port = 4000});
  while (auto socket = co_await listener->accept()) socket->controlling_process(dt::spawn(hold, *socket));
}

dt::process<> open(std::string neighbour) {
  auto socket = co_await dt::tcp::connect(neighbour, 4000);
  if (!socket) std::abort();
  ++opened;
  co_await socket->recv(0);
}

dt::process<> neighbour_of_ten(long self, long nodes) {
  dt::spawn(holders);
  co_await dt::sleep_for(1s);
  for (long next = 1; next <= 10; ++next) dt::spawn(open, name_of((self + next) % nodes));
  co_await dt::sleep_for(std::chrono::hours{1'000'000});
}

dt::process<> idle() { co_await dt::sleep_for(std::chrono::hours{1'000'000}); }

}  // namespace

double ring_100(long seconds) {
  constexpr long nodes = 100;
  dt::testing::simulation run{1};
  for (long each = 0; each < nodes; ++each) run.node(name_of(each), member, name_of((each + 1) % nodes));
  run.run_for(10s);
  beats = 0;
  const double start = processor_seconds();
  run.run_for(std::chrono::seconds{seconds});
  if (beats < nodes * (seconds - 1)) std::abort();
  return static_cast<double>(seconds) / (processor_seconds() - start);
}

double idle_node_bytes(long nodes) {
  const double before = resident_bytes();
  dt::testing::simulation run{1};
  for (long each = 0; each < nodes; ++each) run.node(name_of(each), idle);
  run.run_for(10s);
  return (resident_bytes() - before) / static_cast<double>(nodes);
}

double connected_nodes_bytes(long nodes) {
  opened = 0;
  dt::testing::simulation run{1};
  for (long each = 0; each < nodes; ++each) run.node(name_of(each), neighbour_of_ten, each, nodes);
  run.run_for(60s);
  if (opened != 10 * nodes) std::abort();
  return resident_bytes();
}

}  // namespace works
