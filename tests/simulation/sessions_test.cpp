// SPDX-License-Identifier: Apache-2.0
// Users who log in at a server, which has one session for each, in a registry: who logs in again (its network was gone,
// its machine was off) takes the place of its old session, which ends first.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/otp/registry.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

#include "partition_test.hpp"

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

using directory = registry<std::string>;

std::map<std::string, int> open_sessions;
bool was_double;

/// Counts the sessions of a user as long as it lives, on the one server that there is.
class counted_session {
 public:
  explicit counted_session(std::string user) : user_{std::move(user)} {
    if (++open_sessions[user_] > 1) was_double = true;
  }
  counted_session(const counted_session&) = delete;
  counted_session& operator=(const counted_session&) = delete;
  ~counted_session() { --open_sessions[user_]; }

 private:
  std::string user_;
};

task<> take_the_place(directory all, std::string user) {
  while (!all.try_register_key(user)) {
    const auto before = all.whereis(user);
    if (!before) continue;
    const reference watched = monitor(*before);
    exit(*before, exit_reason::shutdown);
    co_await receive<down>([watched](const down& each) { return each.reference == watched; });
  }
}

process<> session(tcp::socket socket, directory all) {
  auto user = co_await socket.recv(0, 5s);
  if (!user) co_return;
  const std::string name{user->view()};
  co_await take_the_place(all, name);
  const counted_session here{name};
  co_await socket.send("welcome");
  while (auto said = co_await socket.recv(0, 30s)) co_await socket.send(*said);
}

process<> serve_sessions() {
  directory all;
  auto listener = co_await tcp::listen({.address = "0.0.0.0", .port = 7, .connections = {.packet = packet::length_2}});
  while (auto socket = co_await listener->accept()) {
    const pid owner = spawn({.scheduler = placement::spread()}, session, *socket, all);
    socket->controlling_process(owner);
  }
}

/// Stays as long as it is answered; ends when it has said all.
process<> log_in(std::string name, int words) {
  for (int said = 0; said < words;) {
    auto socket = co_await tcp::connect("server", 7, {.packet = packet::length_2, .exit_on_close = false}, 1s);
    if (!socket) continue;
    co_await socket->send(name);
    auto welcome = co_await socket->recv(0, 1s);
    while (welcome && said < words) {
      co_await socket->send(std::to_string(said));
      auto echo = co_await socket->recv(0, 1s);
      if (!echo) break;
      if (echo->view() != std::to_string(said++)) exit(exit_reason::custom_text("another's words"));
      co_await sleep_for(20ms);
    }
    socket->close();
  }
}

TEST(sessions, there_is_one_for_each_user) {
  for_each_seed(seeds_of_test(20, "simulation."), [](simulation& run) {
    open_sessions.clear();
    was_double = false;
    partitions::draw_path_memory(run);
    run.node("server", {.schedulers = 1 + run.draw(3)}, serve_sessions);
    for (const char* name : {"ann", "bob"}) run.node(name, log_in, name, 100);
    run.disturb({.crash_every = 4s,
                 .pause_every = 2s,
                 .partition_every = 1s,
                 .reset_every = 500ms,
                 .lasts = latency::uniform(1ms, 3s),
                 .spared = {"server"}});
    run.run_for(5s);
    run.disturb({});
    for (const char* name : {"ann", "bob"}) {
      run.expect(run.run_until_exit(name, 120s), "everybody says all words");
      run.expect(*run.main_exit(name) == exit_reason::normal, "and hears their own");
    }
    run.expect(!was_double, "nobody has two sessions");
    run.expect_until([] { return open_sessions["ann"] + open_sessions["bob"] == 0; }, 60s, "no session is left");
  });
}

}  // namespace
}  // namespace dialtone::testing
