// SPDX-License-Identifier: Apache-2.0
// A server that sends a lot to clients that stop reading, for a while or for ever: it holds a bounded part of it for
// each, gives up whom it waits for too long, and others have theirs in time.
#include <string>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t piece = 10'000;
constexpr std::size_t pieces = 200;  // much more than windows and watermarks hold
constexpr auto patience = 5s;

int given_up;
std::size_t most_unsent;

process<> send_all(tcp::socket socket) {
  for (std::size_t sent = 0; sent < pieces; ++sent) {
    auto done = co_await socket.send(std::string(piece, static_cast<char>('a' + sent % 26)));
    if (auto counted = socket.getstat()) most_unsent = std::max(most_unsent, counted->send_pending);
    if (done) continue;
    if (done.error().code() == net_error::timeout) ++given_up;
    break;
  }
  socket.close();
}

process<> serve_all() {
  auto listener = co_await tcp::listen(
      {.address = "0.0.0.0",
       .port = 7,
       .connections = {.exit_on_close = false, .send_timeout = patience, .send_timeout_close = true}});
  while (auto socket = co_await listener->accept()) {
    const pid owner = spawn({.scheduler = placement::spread()}, send_all, *socket);
    socket->controlling_process(owner);
  }
}

/// Reads all of it, with a stop at each of some places.
process<> read_all(duration stop) {
  auto socket = co_await tcp::connect("server", 7, {.exit_on_close = false}, 10s);
  if (!socket) exit(exit_reason::noconnection);
  std::size_t count = 0;
  int stops = 0;
  while (auto data = co_await socket->recv()) {
    for (const char each : data->view())
      if (each != static_cast<char>('a' + count++ / piece % 26)) exit(exit_reason::custom_text("other bytes"));
    if (count > static_cast<std::size_t>(++stops) * piece * 70 && stop > 0s) co_await sleep_for(stop);
  }
  if (count != piece * pieces) exit(exit_reason::custom_text("not all of it"));
}

process<> read_never() {
  auto socket = co_await tcp::connect("server", 7, {.exit_on_close = false}, 10s);
  if (!socket) exit(exit_reason::noconnection);
  co_await receive<int>();
}

TEST(stopped_readers, hold_up_nobody_and_are_given_up) {
  for_each_seed(seeds_of_test(20, "simulation."), [](simulation& run) {
    given_up = 0;
    most_unsent = 0;
    run.node("server", {.schedulers = 1 + run.draw(3)}, serve_all);
    run.node("slow", read_all, duration{std::chrono::milliseconds{1 + run.draw(3000)}});
    run.node("fast", read_all, duration{0});
    run.node("never", read_never);
    run.run_for(std::chrono::milliseconds{run.draw(20)});
    run.pause("slow");
    run.run_for(std::chrono::milliseconds{run.draw(2000)});
    run.resume("slow");
    run.expect(run.run_until_exit("fast", 4s), "who reads has it in time");
    run.expect(run.run_until_exit("slow", 60s), "who reads on has it in the end");
    run.expect_until([] { return given_up == 1; }, 2 * patience, "who never reads is given up");
    for (const char* name : {"fast", "slow"})
      run.expect(*run.main_exit(name) == exit_reason::normal, "all bytes come, in their order");
    run.expect(most_unsent < piece * pieces / 4, "what is unsent is bounded");
  });
}

}  // namespace
}  // namespace dialtone::testing
