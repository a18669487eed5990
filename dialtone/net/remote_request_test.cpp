// SPDX-License-Identifier: Apache-2.0
// Sends to a socket of another scheduler whose senders do not wait to the end.
#include <dialtone/net/remote_request.hpp>

#include <gtest/gtest.h>

#include <dialtone/net/info.hpp>
#include <dialtone/net/memory.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
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

void run(std::uint64_t seed, process<> (*function)()) {
  testing::stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
  EXPECT_EQ(rt.run({.scheduler = placement::on(0)}, function), exit_reason::normal) << "seed " << seed;
}

TEST(remote_request, a_send_that_is_given_up_waits_no_longer_at_the_socket) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    run(seed, []() -> process<> {
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
    run(seed, []() -> process<> {
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
  run(1, []() -> process<> {
    const crossing it = co_await full_socket_of_another();
    const auto sender = spawn_monitor(send_one_of_own, it.far);
    while (co_await senders_of(it.far) != 1) co_await yield();
    send(it.owner, go{});
    EXPECT_EQ((co_await receive<down>()).pid, sender.pid);
  });
}

}  // namespace
}  // namespace dialtone
