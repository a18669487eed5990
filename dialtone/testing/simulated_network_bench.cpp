// SPDX-License-Identifier: Apache-2.0
// Messages through a simulated network, driver to driver, and what hosts and connections hold. Items are messages that
// have been received.
#include <dialtone/testing/simulated_network.hpp>

#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/address.hpp>

namespace dialtone::testing {
namespace {

// NOLINTNEXTLINE(performance-unnecessary-value-param): the type of a completion
void nobody_is_told(io::operation&, io::result&&) {}

io::socket_name at(const ip_address& ip) { return to_socket_name(socket_address{ip, 80}); }

/// One end: what it receives it sends back, or does not.
struct end : io::operation {
  end() : operation{[](operation& self, io::result&& done) { static_cast<end&>(self).take(std::move(done)); }} {}

  void take(io::result done) {
    if (done.error != 0) std::abort();
    do {
      ++received;
      if (answers) write(std::move(done.data));
    } while (io->receive(socket, *this, done));
  }
  void read() {
    io::result done;
    if (io->receive(socket, *this, done)) take(std::move(done));
  }
  void write(bytes data) {
    io::result done;
    if (!io->send(socket, {&data, 1}, writing, done) || done.error != 0) std::abort();
  }

  io::driver* io = nullptr;
  io::handle socket = {};
  bool answers = false;
  std::uint64_t received = 0;
  io::operation writing{&nobody_is_told};
};

struct hosts {
  explicit hosts(std::size_t count) : drivers(count), ready(count) {
    for (std::size_t index = 0; index < count; ++index) {
      addresses.push_back(ip_address::v4(0x0a000001 + static_cast<std::uint32_t>(index)));
      const host_id added = network.add_host("host" + std::to_string(index), addresses.back(), [this, index] {
        if (!ready[index]) waiting.push_back(index);
        ready[index] = true;
      });
      drivers[index] = network.make_driver(added);
    }
  }
  void run_one_instant() {
    clock.advance_to(std::max(clock.now(), network.next_event()));
    network.run_events();
    while (!waiting.empty()) {
      serving.swap(waiting);
      for (const std::size_t each : serving) {
        ready[each] = false;
        drivers[each]->poll({});
      }
      serving.clear();
    }
  }
  void run_for(duration time) {
    const time_point until = clock.now() + time;
    while (network.next_event() <= until) run_one_instant();
  }
  io::handle listen(std::size_t host) {
    const io::handle listener = drivers[host]->open(io::stream_kind(at(addresses[host]))).value();
    if (drivers[host]->bind(listener, at(addresses[host])) != 0 || drivers[host]->listen(listener, 4096) != 0)
      std::abort();
    return listener;
  }
  /// Both ends, which are kept.
  void connect(std::size_t from, std::size_t to, io::handle listener) {
    end& client = ends.emplace_back();
    end& server = ends.emplace_back();
    client.io = drivers[from].get();
    server.io = drivers[to].get();
    client.socket = client.io->open(io::stream_kind(at(addresses[from]))).value();
    io::result done;
    io::operation connecting{&nobody_is_told};
    if (client.io->connect(client.socket, at(addresses[to]), connecting, done)) std::abort();
    run_for(std::chrono::milliseconds{100});
    if (connecting.in_flight || !server.io->accept(listener, connecting, done) || !done.accepted) std::abort();
    server.socket = done.accepted;
  }

  virtual_clock clock;
  simulated_network network{clock, 1};
  std::vector<ip_address> addresses;
  std::vector<std::unique_ptr<io::driver>> drivers;
  std::vector<bool> ready;
  std::vector<std::size_t> waiting;
  std::vector<std::size_t> serving;
  std::deque<end> ends;
};

/// Bytes of the process that are in memory.
std::size_t resident() {
  std::size_t pages = 0;
  std::size_t all = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%zu %zu", &all, &pages) != 2) std::abort();
  std::fclose(file);
  return pages * 4096;
}

/// Bytes of a host with its driver, and of a connection with both of its sockets, once each has received something.
void memory(benchmark::State& state) {
  constexpr std::size_t host_count = 2000;
  constexpr std::size_t connections = 10;
  for (auto iteration : state) {
    static_cast<void>(iteration);
    const std::size_t before = resident();
    hosts many{host_count};
    const std::size_t with_hosts = resident();
    for (std::size_t host = 0; host < host_count; ++host) {
      const io::handle listener = many.listen(host);
      for (std::size_t count = 1; count <= connections; ++count)
        many.connect((host + count) % host_count, host, listener);
    }
    for (end& each : many.ends) each.write("hello");
    for (end& each : many.ends) each.read();
    many.run_for(std::chrono::seconds{1});
    const std::size_t with_all = resident();
    const auto per = [](std::size_t size, std::size_t count) {
      return static_cast<double>(size) / static_cast<double>(count);
    };
    state.counters["B/host"] = per(with_hosts - before, host_count);
    // Without what the benchmark itself holds for the two ends.
    state.counters["B/connection"] =
        per(with_all - with_hosts - many.ends.size() * sizeof(end), host_count * connections);
  }
}
BENCHMARK(memory)->Iterations(1)->Unit(benchmark::kMillisecond);

/// On each of some connections between two hosts a message of 64 bytes goes to and fro.
void to_and_fro(benchmark::State& state) {
  hosts both{2};
  const io::handle listener = both.listen(1);
  for (int count = 0; count < state.range(0); ++count) both.connect(0, 1, listener);
  const bytes message{std::string(64, 'x')};
  for (end& each : both.ends) each.answers = true, each.read();
  for (std::size_t client = 0; client < both.ends.size(); client += 2) both.ends[client].write(message);
  std::uint64_t instants = 0;
  for (auto iteration : state) {
    static_cast<void>(iteration);
    both.run_one_instant();
    ++instants;
  }
  std::uint64_t received = 0;
  for (const end& each : both.ends) received += each.received;
  state.SetItemsProcessed(static_cast<std::int64_t>(received));
  state.counters["instants/s"] = benchmark::Counter(static_cast<double>(instants), benchmark::Counter::kIsRate);
}
BENCHMARK(to_and_fro)->Arg(1)->Arg(100)->Arg(10'000);

/// One host sends 64 bytes a hundred times, the other one receives what there is. Items are what was sent.
void one_way(benchmark::State& state) {
  hosts both{2};
  both.connect(0, 1, both.listen(1));
  const bytes message{std::string(64, 'x')};
  both.ends[1].read();
  for (auto iteration : state) {
    static_cast<void>(iteration);
    for (int count = 0; count < 100; ++count) both.ends[0].write(message);
    both.run_for(std::chrono::milliseconds{100});
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(one_way);

/// A connection is made, and closed at both ends.
void connect_and_close(benchmark::State& state) {
  hosts both{2};
  const io::handle listener = both.listen(1);
  for (auto iteration : state) {
    static_cast<void>(iteration);
    both.connect(0, 1, listener);
    for (end& each : both.ends) each.io->close(each.socket);
    both.ends.clear();
    both.run_for(std::chrono::milliseconds{100});
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(connect_and_close);

}  // namespace
}  // namespace dialtone::testing

BENCHMARK_MAIN();
