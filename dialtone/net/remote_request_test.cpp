// SPDX-License-Identifier: Apache-2.0
// Sends to a socket of another scheduler whose senders do not wait to the end, or that moves meanwhile.
#include <dialtone/net/remote_request.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include <dialtone/net/info.hpp>
#include <dialtone/net/memory.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct go {};

process<> own_it() { co_await receive<go>(); }

task<std::size_t> senders_of(stream::socket socket) {
  for (const net::socket_info& each : co_await net::info())
    if (each.name == socket.name()) co_return each.waiting_senders;
  co_return std::size_t(-1);
}

task<bool> send_one(stream::socket socket) { co_return (co_await socket.send("more")).has_value(); }

struct crossing {
  stream::socket near;
  stream::socket far;  // of scheduler 1, full
  pid owner;
};

task<crossing> full_socket_of_another() {
  auto [near, far] = *memory::pair({}, {.high_watermark = 4, .low_watermark = 2});
  const pid owner = spawn({.scheduler = placement::on(1)}, own_it);
  EXPECT_TRUE(far.controlling_process(owner));
  while (co_await with_deadline(1s, [](stream::socket socket) -> task<> {
    static_cast<void>(co_await socket.send(std::string(1'000'000, 'x')));
  }(far)))
    continue;
  co_return crossing{near, far, owner};
}

void run_among(std::uint32_t schedulers, std::uint64_t seed, process<> (*function)()) {
  testing::stepped_runtime rt{{.schedulers = schedulers, .seed = seed, .shuffle = true}};
  EXPECT_EQ(rt.run({.scheduler = placement::on(0)}, function), exit_reason::normal) << "seed " << seed;
}

TEST(remote_request, a_send_that_is_given_up_waits_no_longer_at_the_socket) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    run_among(2, seed, []() -> process<> {
      const crossing it = co_await full_socket_of_another();
      for (int i = 0; i < 100; ++i) EXPECT_FALSE(co_await with_deadline(10ms, send_one(it.far)));
      EXPECT_EQ(co_await senders_of(it.far), 0u);
      // They waited outside of the queue, so nothing of them is sent.
      std::size_t read = 0;
      while (auto got = co_await it.near.recv(0, 1s)) read += got->size();
      EXPECT_NE(read, 0u);
      EXPECT_EQ(read % 1'000'000, 0u);
      EXPECT_TRUE(co_await it.far.send("again"));
    });
}

process<> send_one_of_own(stream::socket socket) { static_cast<void>(co_await socket.send("more")); }

TEST(remote_request, a_send_whose_sender_is_killed_waits_no_longer_at_the_socket) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    run_among(2, seed, []() -> process<> {
      const crossing it = co_await full_socket_of_another();
      std::vector<pid> senders;
      for (int i = 0; i < 10; ++i) senders.push_back(spawn(send_one_of_own, it.far));
      while (co_await senders_of(it.far) != senders.size()) co_await yield();
      for (const pid each : senders) exit(each, exit_reason::kill);
      while (co_await senders_of(it.far) != 0) co_await yield();
    });
}

TEST(remote_request, a_send_that_waits_at_the_end_of_the_runtime_leaves_nothing) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    const crossing it = co_await full_socket_of_another();
    for (int i = 0; i < 10; ++i) spawn(send_one_of_own, it.far);
    while (co_await senders_of(it.far) != 10) co_await yield();
  }),
            exit_reason::normal);
}

TEST(remote_request, a_socket_that_closes_answers_those_that_wait_there) {
  run_among(2, 1, []() -> process<> {
    const crossing it = co_await full_socket_of_another();
    const auto sender = spawn_monitor(send_one_of_own, it.far);
    while (co_await senders_of(it.far) != 1) co_await yield();
    send(it.owner, go{});
    EXPECT_EQ((co_await receive<down>()).pid, sender.pid);
  });
}

// --- while the socket moves ---

struct yours {
  stream::socket socket;
  int hops;
  std::optional<packet> type = std::nullopt;  // that the stream has from then on
  pid next = {};                              // in place of the neighbour
};
struct arrived {};

/// Gives the socket on, round in a ring of owners, as often as it is to hop.
process<> pass_on(pid observer) {
  const pid neighbour = co_await receive<pid>();
  for (;;) {
    const auto [socket, hops, type, other] = co_await receive<yours>();
    const pid next = other ? other : neighbour;
    if (hops == 0) {
      if (type) EXPECT_TRUE(socket.setopts({.packet = type}));
      send(observer, arrived{});
      continue;
    }
    EXPECT_TRUE(socket.controlling_process(next));
    send(next, yours{socket, hops - 1, type});
  }
}

/// A full socket that was born on scheduler 0, where its peer is, and a ring of owners of which the first one has it.
struct carousel {
  stream::socket near;
  stream::socket far;
  std::vector<pid> owners;

  void pass_to(pid owner) const { send(owners.front(), yours{.socket = far, .hops = 1, .next = owner}); }
  void turn(int hops) const { send(owners.front(), yours{far, hops}); }
};

constexpr std::size_t queued = 300'000;  // of one send: more than lies between the two ends

task<carousel> full_carousel(socket_options options) {
  options.high_watermark = 4;
  options.low_watermark = 2;
  auto [near, far] = *memory::pair({}, options);
  std::vector<pid> owners;
  for (std::uint32_t i = 0; i < 3; ++i) owners.push_back(spawn({.scheduler = placement::on(i)}, pass_on, self()));
  for (std::size_t i = 0; i < owners.size(); ++i) send(owners[i], owners[(i + 1) % owners.size()]);
  EXPECT_FALSE(co_await with_deadline(1s, [](stream::socket socket) -> task<> {
    static_cast<void>(co_await socket.send(std::string(queued, 'x')));
  }(far)));
  EXPECT_TRUE(far.controlling_process(owners.front()));
  co_return carousel{near, far, owners};
}

task<std::size_t> unsent_of(stream::socket socket) {
  for (const net::socket_info& each : co_await net::info())
    if (each.name == socket.name()) co_return each.unsent_bytes;
  co_return std::size_t(-1);
}

/// All that comes within a while.
task<std::string> read_all(stream::socket from) {
  std::string all;
  while (auto got = co_await from.recv(0, 1s)) all += got->view();
  co_return all;
}

process<> send_and_tell(stream::socket socket, std::string text, pid observer) {
  EXPECT_TRUE(co_await socket.send(std::move(text)));
  send(observer, arrived{});
}

TEST(remote_request, sends_that_wait_for_room_follow_a_socket_that_moves_and_none_is_let_in) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    run_among(4, seed, []() -> process<> {
      const carousel it = co_await full_carousel({});
      constexpr std::uint32_t senders = 12;
      for (std::uint32_t i = 0; i < senders; ++i)
        spawn({.scheduler = placement::on(i % 4)}, send_and_tell, it.far, std::string(1000, static_cast<char>('a' + i)),
              self());
      while (co_await senders_of(it.far) != senders) co_await yield();
      const std::size_t before = co_await unsent_of(it.far);
      it.turn(7);
      co_await receive<arrived>();
      while (co_await senders_of(it.far) != senders) co_await yield();
      EXPECT_LE(co_await unsent_of(it.far), before) << "what waits for room is not in the queue";
      const std::string all = co_await read_all(it.near);
      EXPECT_EQ(all.size(), queued + senders * 1000);
      for (std::uint32_t i = 0; i < senders; ++i)
        EXPECT_NE(all.find(std::string(1000, static_cast<char>('a' + i))), std::string::npos) << "whole, and once";
      for (std::uint32_t i = 0; i < senders; ++i) co_await receive<arrived>();
    });
}

struct refused {
  bool still_sends;
};

process<> send_until_it_closes(stream::socket socket, std::string text, pid observer) {
  const auto sent = co_await socket.send(std::move(text));
  EXPECT_EQ(sent.error(), net_error::closed);
  send(observer, refused{sent.error().still_sends()});
}

process<> close_at_once() { (co_await receive<yours>()).socket.close(); }

TEST(remote_request, sends_that_come_when_a_new_owner_has_closed_say_whether_they_go_out) {
  int late = 0, in_time = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    static int going_out;
    going_out = 0;
    run_among(4, seed, []() -> process<> {
      const carousel it = co_await full_carousel({.linger = 1h});
      const pid owner = spawn({.scheduler = placement::on(2)}, close_at_once);
      for (std::uint32_t i = 0; i < 4; ++i)
        spawn({.scheduler = placement::on(i)}, send_until_it_closes, it.far, std::string(1000, 'y'), self());
      while (co_await senders_of(it.far) != 4) co_await yield();
      it.pass_to(owner);
      for (int i = 0; i < 4; ++i) going_out += (co_await receive<refused>()).still_sends ? 1 : 0;
      EXPECT_EQ((co_await read_all(it.near)).size(), queued + static_cast<std::size_t>(going_out) * 1000);
    });
    in_time += going_out;
    late += 4 - going_out;
  }
  EXPECT_GT(late, 10);
  EXPECT_GT(in_time, 10);
}

constexpr std::uint32_t senders = 8;

/// Each waits for room when it returns.
task<void> let_many_send(stream::socket socket) {
  for (std::uint32_t i = 0; i < senders; ++i)
    spawn({.scheduler = placement::on(i % 4)}, send_and_tell, socket, std::string(1000, 'y'), self());
  while (co_await senders_of(socket) != senders) co_await yield();
}

TEST(remote_request, sends_before_a_shutdown_go_out_when_the_socket_moves_after_it) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    run_among(4, seed, []() -> process<> {
      const carousel it = co_await full_carousel({});
      co_await let_many_send(it.far);
      EXPECT_TRUE(it.far.shutdown(shutdown_how::write));
      it.turn(3);
      EXPECT_EQ((co_await read_all(it.near)).size(), queued + senders * 1000);
      for (std::uint32_t i = 0; i < senders; ++i) co_await receive<arrived>();
    });
}

TEST(remote_request, a_send_that_has_waited_keeps_the_type_of_its_packet) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    run_among(4, seed, []() -> process<> {
      const carousel it = co_await full_carousel({.packet = packet::length_4});
      EXPECT_TRUE(it.near.setopts({.packet = packet::raw}));
      co_await let_many_send(it.far);
      send(it.owners.front(), yours{it.far, 2, packet::raw});
      co_await receive<arrived>();
      EXPECT_EQ((co_await read_all(it.near)).size(), (4 + queued) + senders * (4 + 1000));
      for (std::uint32_t i = 0; i < senders; ++i) co_await receive<arrived>();
    });
}

process<> send_the_killed(stream::socket socket) { static_cast<void>(co_await socket.send("killed")); }

TEST(remote_request, a_send_that_is_given_up_while_its_socket_moves_is_never_sent) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed)
    run_among(4, seed, []() -> process<> {
      const carousel it = co_await full_carousel({});
      std::vector<pid> senders;
      for (std::uint32_t i = 0; i < 8; ++i)
        senders.push_back(spawn({.scheduler = placement::on(i % 4)}, send_the_killed, it.far));
      while (co_await senders_of(it.far) != senders.size()) co_await yield();
      it.turn(40);
      for (const pid each : senders) {
        for (std::uint64_t turns = random() % 12; turns != 0; --turns) co_await yield();
        exit(each, exit_reason::kill);
      }
      co_await receive<arrived>();
      while (co_await senders_of(it.far) != 0) co_await yield();
      EXPECT_EQ((co_await read_all(it.near)).size(), queued);
    });
}

/// On the scheduler of the sender: ends it soon after it has begun.
process<> give_up_soon(stream::socket socket) {
  const pid sender = spawn(send_the_killed, socket);
  for (std::uint64_t turns = random() % 6; turns != 0; --turns) co_await yield();
  exit(sender, exit_reason::kill);
}

TEST(remote_request, a_send_that_is_given_up_while_its_socket_comes_to_its_sender_is_never_sent) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed)
    run_among(4, seed, []() -> process<> {
      const carousel it = co_await full_carousel({});
      for (std::uint32_t i = 0; i < 6; ++i) spawn({.scheduler = placement::on(i % 3)}, give_up_soon, it.far);
      it.turn(static_cast<int>(random() % 3));
      co_await receive<arrived>();
      co_await sleep_for(1ms);
      EXPECT_EQ(co_await senders_of(it.far), 0u);
      EXPECT_EQ((co_await read_all(it.near)).size(), queued);
    });
}

struct timed_out {
  duration waited;
};

process<> send_until_late(stream::socket socket, pid observer) {
  const time_point begun = now();
  const auto sent = co_await socket.send("late");
  EXPECT_EQ(sent.error(), net_error::timeout);
  EXPECT_EQ(sent.error().unsent(), 4u);
  EXPECT_FALSE(sent.error().still_sends());
  send(observer, timed_out{now() - begun});
}

TEST(remote_request, a_send_that_waits_at_a_socket_that_moves_has_its_time_once) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    run_among(4, seed, []() -> process<> {
      const carousel it = co_await full_carousel({.send_timeout = 60s});
      for (std::uint32_t i = 0; i < 4; ++i) spawn({.scheduler = placement::on(i)}, send_until_late, it.far, self());
      while (co_await senders_of(it.far) != 4) co_await yield();
      for (int moves = 0; moves < 5; ++moves) {
        co_await sleep_for(10s);
        it.turn(3);
        co_await receive<arrived>();
      }
      for (int i = 0; i < 4; ++i) {
        const duration waited = (co_await receive<timed_out>()).waited;
        EXPECT_GE(waited, 60s);
        EXPECT_LT(waited, 61s);
      }
      EXPECT_EQ((co_await read_all(it.near)).size(), queued);
    });
}

}  // namespace
}  // namespace dialtone
