// SPDX-License-Identifier: Apache-2.0
// A giving up that its send comes after: three schedulers with threads of their own, of which each is held where that
// makes it happen. The socket was born on the first one, which has the send in its outbox; it goes from the third,
// where that send is to go, to the second, whose sender gives up, and back; then the send comes.
#include <dialtone/net/remote_request.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include <dialtone/net/info.hpp>
#include <dialtone/net/memory.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

constexpr std::uint32_t birth_place = 0, senders = 1, home = 2;
spawn_options at(std::uint32_t scheduler) { return {.scheduler = placement::on(scheduler)}; }

// What the threads wait for in the middle of a slice.
std::atomic<bool> birth_place_is_held, birth_place_may_go_on;
std::atomic<bool> senders_are_held, senders_may_go_on;
std::atomic<int> times;  // that the send has come behind its giving up

void hold(std::atomic<bool>& held, std::atomic<bool>& may_go_on) {
  held = true;
  may_go_on.wait(false);
}
task<> until(const std::atomic<bool>* happened) {
  while (!*happened) co_await yield();
}

struct yours {
  stream::socket socket;
};
struct arrived {};
struct hold_on {};

process<> send_one(stream::socket socket, std::string text, pid observer) {
  EXPECT_TRUE(co_await socket.send(std::move(text)));
  send(observer, arrived{});
}

/// At the socket, which is of the calling process's scheduler.
std::size_t senders_at(stream::socket socket) {
  net::socket_info about;
  detail::socket_table::here().find_any(socket.name())->describe(about);
  return about.waiting_senders;
}

process<> hold_the_birth_place() {
  co_await receive<hold_on>();
  hold(birth_place_is_held, birth_place_may_go_on);
}

/// On the scheduler of the senders: one that is killed while the socket is here, and one that is not.
process<> give_up(pid birth, pid next, stream::socket socket, pid observer) {
  send(birth, hold_on{});  // goes together with the sends
  const auto killed = spawn_monitor(send_one, socket, std::string{"killed"}, observer);
  spawn(send_one, socket, std::string{"kept"}, observer);
  co_await until(&birth_place_is_held);
  send(next, self());
  static_cast<void>(co_await receive<yours>());
  exit(killed.pid, exit_reason::kill);
  co_await receive<down>();
  EXPECT_TRUE(socket.controlling_process(next));
  send(next, yours{socket});
  co_await receive<arrived>();
  hold(senders_are_held, senders_may_go_on);
}

/// Where the socket lives, but for a while.
process<> own_it(pid observer) {
  const stream::socket socket = (co_await receive<yours>()).socket;
  const pid other = co_await receive<pid>();
  const std::size_t before = senders_at(socket);
  EXPECT_TRUE(socket.controlling_process(other));
  send(other, yours{socket});
  static_cast<void>(co_await receive<yours>());
  EXPECT_EQ(senders_at(socket), before) << "none of the sends has come yet";
  send(other, arrived{});
  co_await until(&senders_are_held);
  birth_place_may_go_on = true;
  birth_place_may_go_on.notify_one();
  while (senders_at(socket) != before + 2) co_await yield();
  ++times;  // nobody waits for one of the two, and none of its scheduler's signals is on the way
  senders_may_go_on = true;
  senders_may_go_on.notify_one();
  while (senders_at(socket) != before + 1) co_await yield();
  send(observer, yours{socket});
  co_await receive<arrived>();
}

constexpr std::size_t queued = 300'000;  // of one send: more than lies between the two ends

task<> until_it_is_full(stream::socket socket) {
  for (bool is = false; !is; co_await yield())
    for (const net::socket_info& each : co_await net::info()) is |= each.name == socket.name() && each.unsent_bytes > 0;
}

task<std::string> read_to_the_end(stream::socket from) {
  std::string all;
  while (auto got = co_await from.recv()) all += got->view();
  co_return all;
}

process<> let_a_send_come_late() {
  birth_place_is_held = birth_place_may_go_on = senders_are_held = senders_may_go_on = false;
  const auto [near, far] = *memory::pair({}, {.high_watermark = 4, .low_watermark = 2});
  spawn(send_one, far, std::string(queued, 'x'), self());
  co_await until_it_is_full(far);
  const pid owner = spawn(at(home), own_it, self());
  EXPECT_TRUE(far.controlling_process(owner));
  send(owner, yours{far});
  const pid held = spawn(hold_the_birth_place);
  spawn(at(senders), give_up, held, owner, far, self());
  static_cast<void>(co_await receive<yours>());
  std::string all;
  while (all.size() < queued + 4) all += (co_await near.recv()).value().view();
  for (int sent = 0; sent < 2; ++sent) co_await receive<arrived>();
  send(owner, arrived{});  // its end is the socket's
  all += co_await read_to_the_end(near);
  EXPECT_EQ(all, std::string(queued, 'x') + "kept") << "whole, once, and no more";
}

TEST(remote_request, a_send_that_comes_behind_its_giving_up_is_given_up_where_it_waits) {
  constexpr int rounds = 20;
  times = 0;
  runtime rt{{.schedulers = 3, .level = log_level::off}};
  for (int round = 0; round < rounds; ++round)
    EXPECT_EQ(rt.run(at(birth_place), let_a_send_come_late), exit_reason::normal);
  EXPECT_EQ(times, rounds);
}

}  // namespace
}  // namespace dialtone
