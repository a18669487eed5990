// SPDX-License-Identifier: Apache-2.0
// The storm of streams (tests/system) in simulation: two machines whose processes connect to each other and themselves,
// while links are cut, connections reset, and the machines stop and lose their power. What has to hold: nobody hangs,
// and when all processes are dead no socket is left.
#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

#include "../system/streams_storm_test.hpp"

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;
namespace storm = storms::of_streams;

// What is unsent at a close goes, or is given up after linger_limit.
task<std::vector<net::socket_info>> sockets_at_rest() {
  for (const time_point last = after_delay(now(), 20s); now() < last; co_await sleep_for(10ms))
    if ((co_await net::info()).empty()) break;
  co_return co_await net::info();
}

std::size_t machine() { return whereis("storm on b") ? 1 : 0; }

process<> rage_and_rest(std::string name) {
  register_name("storm on " + name);
  for (auto& each : storms::known_processes()) each = 0;
  co_await storm::rage(150, 50);
  co_await storms::end_all_others();
  const auto left = co_await sockets_at_rest();
  if (!left.empty()) exit(exit_reason::custom_text("sockets are left: " + to_string(left)));
}

void begin(simulation& run) {
  storm::carrier = transport::tcp({.address = "0.0.0.0"});
  storm::of_the_kernel = false;
  storm::hosts = {ip_address::v4(10, 0, 0, 1), ip_address::v4(10, 0, 0, 2)};
  storm::addresses.clear();
  storm::steps = 0;
  storms::machine = machine;
  for (auto& each : storms::known_sockets) each = 0;
  constexpr duration memories[] = {0s, 5s, duration::max()};
  run.set_path_memory(memories[run.draw(3)]);
  for (const char* name : {"a", "b"})
    run.node(name, {.schedulers = 1 + run.draw(3), .runtime = {.level = log_level::off}}, rage_and_rest,
             std::string{name});
}

TEST(sockets_stress, a_storm_leaves_no_socket_behind) {
  for_each_seed(seeds_of_test(5, "stress_in_simulation."), [](simulation& run) {
    begin(run);
    run.disturb({.crash_every = run.draw(2) == 0 ? duration{0} : duration{100ms},
                 .pause_every = 30ms,
                 .partition_every = 20ms,
                 .reset_every = 5ms,
                 .lasts = latency::long_tailed(100us, 5ms, 2s)});
    run.run_for(200ms);
    run.disturb({});
    for (const char* name : {"a", "b"}) {
      run.expect(run.run_until_exit(name, 120s), "nobody hangs");
      run.expect(*run.main_exit(name) == exit_reason::normal, "no socket is left");
    }
    run.heal();
    run.expect_until([&] { return run.network().connection_count() == 0; }, 1h, "no connection is left");
    EXPECT_GT(storm::steps, 0);
  });
}

}  // namespace
}  // namespace dialtone::testing
