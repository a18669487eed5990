// SPDX-License-Identifier: Apache-2.0
// A lock that is lent for a time, among machines whose clocks are wrong: the time of day by days, and each second by up
// to a hundredth. Nobody believes to have it while another does, and everybody has it in the end, though messages are
// late and lost.
#include <string>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto lease = 1s;
/// Half of it: what is left covers the hundredth by which two clocks differ many times over.
constexpr auto time_of_use = 500ms;

struct wanted {
  using reply = bool;
};

/// Lends it for `lease` by its own clock, to one at a time; who gives it back earlier is not heard.
class lender : public gen_server<lender> {
 public:
  bool handle_call(wanted) {
    if (now() < lent_until_) return false;
    lent_until_ = now() + lease;
    return true;
  }

 private:
  time_point lent_until_ = time_point::min();
};

process<> answer_one(tcp::socket socket, server<lender> from) {
  while (co_await socket.recv(0, 10s)) co_await socket.send(co_await from.call(wanted{}) ? "yes" : "no");
}

process<> lend() {
  auto lock = co_await start_link<lender>();
  auto listener = co_await tcp::listen({.address = "0.0.0.0", .port = 7, .connections = {.packet = packet::length_2}});
  while (auto socket = co_await listener->accept()) {
    const pid owner = spawn(answer_one, *socket, lock);
    socket->controlling_process(owner);
  }
}

int users;
int most_users;

/// Uses it from the answer on, but counts from the question: it was lent after that.
task<bool> use_once(tcp::socket socket) {
  const time_point asked = now();
  co_await socket.send("please");
  auto answer = co_await socket.recv(0, 2s);
  if (!answer) co_return false;
  if (answer->view() != "yes" || now() - asked >= time_of_use) {
    co_await sleep_for(200ms);
    co_return false;
  }
  most_users = std::max(most_users, ++users);
  co_await sleep_for(time_of_use - (now() - asked));
  --users;
  co_return true;
}

process<> use(int times) {
  for (int used = 0; used < times;) {
    auto socket = co_await tcp::connect("server", 7, {.packet = packet::length_2, .exit_on_close = false}, 1s);
    if (!socket) continue;
    if (co_await use_once(*socket)) ++used;
    socket->close();
  }
}

clock_skew some_skew(simulation& run) {
  return {.offset = std::chrono::hours{run.draw(1000)} - std::chrono::hours{500},
          .drift_ppm = static_cast<std::int32_t>(run.draw(20'001)) - 10'000};
}

TEST(lease, is_nobodys_while_it_is_anothers_though_clocks_are_wrong) {
  for_each_seed(seeds_of_test(20, "simulation."), [](simulation& run) {
    users = most_users = 0;
    run.node("server", {.skew = some_skew(run)}, lend);
    for (const char* name : {"a", "b", "c"}) run.node(name, {.skew = some_skew(run)}, use, 3);
    run.disturb({.partition_every = 2s, .reset_every = 1s, .lasts = latency::uniform(10ms, 3s)});
    for (int changes = 0; changes < 4; ++changes) {
      run.run_for(std::chrono::milliseconds{run.draw(3000)});
      run.skew_clock(run.draw(2) == 0 ? "server" : "a", some_skew(run));
    }
    run.disturb({});
    for (const char* name : {"a", "b", "c"}) run.expect(run.run_until_exit(name, 300s), "each has it in the end");
    run.expect(most_users == 1, "one at a time");
  });
}

}  // namespace
}  // namespace dialtone::testing
