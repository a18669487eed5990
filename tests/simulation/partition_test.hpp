// SPDX-License-Identifier: Apache-2.0
// An echo server and clients that connect again and again, while links between them are cut and connections reset.
#pragma once

#include <string>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/simulation.hpp>

namespace dialtone::testing::partitions {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

inline constexpr int questions = 20;

inline process<> echo_connection(tcp::socket socket) {
  while (auto data = co_await socket.recv(0, 30s)) co_await socket.send(*data);
}

inline process<> echo_server() {
  auto listener = co_await tcp::listen({.address = "0.0.0.0", .port = 7, .connections = {.packet = packet::length_2}});
  while (auto socket = co_await listener->accept()) {
    pid owner = spawn({.scheduler = placement::spread()}, echo_connection, *socket);
    socket->controlling_process(owner);
  }
}

/// Comes to its end when each question has had its own answer; a wrong answer is its exit.
inline process<> ask_until_answered(int me) {
  for (int asked = 0; asked < questions;) {
    auto socket = co_await tcp::connect("server", 7, {.packet = packet::length_2}, 1s);
    while (socket && asked < questions) {
      const std::string question = std::to_string(me) + " asks " + std::to_string(asked);
      co_await socket->send(question);
      auto reply = co_await socket->recv(0, 1s);
      if (!reply) break;
      if (reply->view() != question) exit(exit_reason::custom_text("a wrong answer"));
      ++asked;
      co_await sleep_for(100ms);
    }
    if (socket) socket->close();
    co_await sleep_for(50ms);
  }
}

inline std::string client(std::uint32_t number) { return "client" + std::to_string(number); }

inline void break_something(simulation& run, std::uint32_t clients) {
  const std::string victim = client(run.draw(clients));
  switch (run.draw(4)) {
    case 0:
      return run.partition({"server"}, {victim});
    case 1:
      return run.partition_one_way({.from = {"server"}, .to = {victim}});
    case 2:
      return run.reset_connections("server", victim);
    default:
      return run.heal();
  }
}

/// Networks that forget at once, after a while, and never.
inline void draw_path_memory(simulation& run) {
  constexpr duration memories[] = {duration::zero(), 5s, duration::max()};
  run.set_path_memory(memories[run.draw(3)]);
}

inline void end_and_every_client_has_its_answers(simulation& run) {
  constexpr std::uint32_t clients = 4;
  draw_path_memory(run);
  run.node("server", {.schedulers = 2}, echo_server);
  for (std::uint32_t each = 0; each < clients; ++each) run.node(client(each), ask_until_answered, int(each));
  for (int round = 0; round < 10; ++round) {
    run.run_for(std::chrono::milliseconds{run.draw(2000)});
    break_something(run, clients);
  }
  run.heal();
  for (std::uint32_t each = 0; each < clients; ++each) {
    run.expect(run.run_until_exit(client(each), 60s), "each client comes to its end");
    run.expect(*run.main_exit(client(each)) == exit_reason::normal, "with the answers to its own questions");
  }
}

}  // namespace dialtone::testing::partitions
