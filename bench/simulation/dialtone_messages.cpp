// SPDX-License-Identifier: Apache-2.0
// Messages through simulated connections: 64 bytes that one process has given to a send, and another one has got whole
// from a recv.
#include "dialtone_works.hpp"

#include <cstdlib>
#include <string>

namespace works {

namespace {

constexpr std::size_t message_size = 64;

// The simulation and all of its nodes are in one thread.
long received = 0;
long connected = 0;
long clients_in_all = 0;

dt::bytes a_message() { return dt::bytes{std::string(message_size, 'x')}; }

dt::process<> count(dt::tcp::socket socket) {
  while (co_await socket.recv(message_size)) ++received;
}

dt::process<> echo(dt::tcp::socket socket) {
  while (auto got = co_await socket.recv(message_size)) {
    ++received;
    co_await socket.send(std::move(*got));
  }
}

// They begin together: a SYN that finds a full backlog is sent again a second later, in which the others would go on.
dt::task<dt::tcp::socket> connect(std::string server) {
  auto socket = co_await dt::tcp::connect(std::move(server), 4000);
  if (!socket) std::abort();
  ++connected;
  while (connected < clients_in_all) co_await dt::sleep_for(std::chrono::seconds{1});
  co_return *socket;
}

dt::process<> flood(std::string server) {
  dt::tcp::socket socket = co_await connect(std::move(server));
  const dt::bytes message = a_message();
  while (co_await socket.send(message)) continue;
}

dt::process<> ask(std::string server) {
  dt::tcp::socket socket = co_await connect(std::move(server));
  for (dt::bytes message = a_message(); co_await socket.send(std::move(message)); ++received) {
    auto got = co_await socket.recv(message_size);
    if (!got) std::abort();
    message = std::move(*got);
  }
}

using connection = dt::process<> (*)(dt::tcp::socket);

template <connection Serve>
dt::process<> serve() {
  auto listener = co_await dt::tcp::listen({.port = 4000});
  while (auto socket = co_await listener->accept()) socket->controlling_process(dt::spawn(Serve, *socket));
}

template <auto Client>
dt::process<> clients(std::string server, long count) {
  for (long each = 0; each < count; ++each) dt::spawn(Client, server);
  co_await dt::sleep_for(std::chrono::hours{1'000'000});
}

void run_to(dt::testing::simulation& run, const long& reached, long aim) {
  while (reached < aim)
    if (!run.step()) std::abort();
}

// After a tenth of them, which warms up.
double rate(dt::testing::simulation& run, long connections, long messages) {
  run_to(run, connected, connections);
  run_to(run, received, messages / 10);
  const long before = received;
  const double start = processor_seconds();
  run_to(run, received, before + messages);
  return static_cast<double>(received - before) / (processor_seconds() - start);
}

template <connection Serve, auto Client>
double between_two(long connections, long messages) {
  clients_in_all = connections;
  dt::testing::simulation run{1};
  run.node("server", serve<Serve>);
  run.node("client", clients<Client>, std::string{"server"}, connections);
  return rate(run, connections, messages);
}

}  // namespace

double pipelined_1(long messages) { return between_two<count, flood>(1, messages); }
double pipelined_100(long messages) { return between_two<count, flood>(100, messages); }
double to_and_fro_1(long messages) { return between_two<echo, ask>(1, messages); }
double to_and_fro_100(long messages) { return between_two<echo, ask>(100, messages); }

double to_and_fro_10k(long messages) { return between_two<echo, ask>(10'000, messages); }

double to_and_fro_nodes(long messages) {
  constexpr long nodes = 100;
  clients_in_all = nodes;
  dt::testing::simulation run{1};
  run.node("server", serve<echo>);
  for (long each = 0; each < nodes; ++each)
    run.node("client-" + std::to_string(each), clients<ask>, std::string{"server"}, 1L);
  return rate(run, nodes, messages);
}

}  // namespace works
