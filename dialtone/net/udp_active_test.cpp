// SPDX-License-Identifier: Apache-2.0
// Active UDP sockets: gen_udp's modes, and that a flood is stopped by the mailbox and takes no scheduler for itself.
#include <dialtone/net/udp.hpp>

#include <dialtone/net/udp_on_each_driver_test.hpp>
#include <dialtone/runtime/process_info.hpp>

namespace dialtone {
namespace {

using namespace udp_tests;

/// To the socket itself: "0", "1", ...
task<int> send_numbers(udp::socket socket, int count) {
  for (int i = 0; i < count; ++i) EXPECT_TRUE(co_await socket.send(address_of(socket), std::to_string(i)));
  co_return count;
}

task<bool> no_more_messages() {
  co_await until_all_is_told();
  co_return !(co_await receive<udp::data>(after(0s))).has_value() &&
      !(co_await receive<udp::passive>(after(0s))).has_value();
}

TEST(udp_active, each_datagram_is_a_message) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here({.active = active::always});
    co_await send_numbers(socket, 3);
    co_await socket.send(address_of(socket), "");
    const auto first = co_await receive<udp::data>();
    EXPECT_EQ(first.bytes, "0");
    EXPECT_EQ(first.source, address_of(socket));
    EXPECT_EQ(first.socket, socket);
    EXPECT_EQ(co_await next_message(), "1");
    EXPECT_EQ(co_await next_message(), "2");
    EXPECT_EQ(co_await next_message(), "");
    EXPECT_EQ(socket.getopts()->active, active::always);
    EXPECT_EQ((co_await socket.recv()).error(), std::errc::invalid_argument);
  });
}

TEST(udp_active, once_is_one_message_and_says_nothing_more) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here({.active = active::once});
    co_await send_numbers(socket, 3);
    EXPECT_EQ(co_await next_message(), "0");
    EXPECT_TRUE(co_await no_more_messages());
    EXPECT_EQ(socket.getopts()->active, active::passive);
    EXPECT_TRUE(socket.setopts({.active = active::once}));
    EXPECT_EQ(co_await next_message(), "1");
    EXPECT_EQ(co_await next_of(socket), "2");
  });
}

TEST(udp_active, a_count_ends_with_a_message_and_is_added_to) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here({.active = active::count(2)});
    EXPECT_TRUE(socket.setopts({.active = active::count(1)}));
    EXPECT_EQ(socket.getopts()->active, active::count(3));
    co_await send_numbers(socket, 4);
    for (const char* expected : {"0", "1", "2"}) EXPECT_EQ(co_await next_message(), expected);
    EXPECT_EQ((co_await receive<udp::passive>()).socket, socket);
    EXPECT_EQ(socket.getopts()->active, active::passive);
    EXPECT_EQ(co_await next_of(socket), "3");
  });
}

TEST(udp_active, a_count_that_leaves_its_range_is_refused_and_one_that_becomes_zero_is_passive) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here({.active = active::count(active::most)});
    EXPECT_EQ(socket.setopts({.active = active::count(1)}).error(), net_error::bad_option);
    EXPECT_EQ(socket.getopts()->active, active::count(active::most));
    EXPECT_TRUE(socket.setopts({.active = active::count(-active::most)}));
    EXPECT_EQ((co_await receive<udp::passive>()).socket, socket);
    EXPECT_TRUE(socket.setopts({.active = active::count(-5)}));
    co_await receive<udp::passive>();
    EXPECT_EQ(socket.setopts({.active = active::count(active::least - 1)}).error(), net_error::bad_option);
    EXPECT_TRUE(socket.setopts({.active = active::count(5)}));
    EXPECT_TRUE(socket.setopts({.active = active::once}));
    EXPECT_TRUE(socket.setopts({.active = active::count(1)}));
    EXPECT_EQ(socket.getopts()->active, active::count(1)) << "once has thrown the count away";
  });
}

TEST(udp_active, one_that_becomes_passive_leaves_the_rest_to_recv) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here({.active = active::always});
    co_await send_numbers(socket, 1);
    EXPECT_EQ(co_await next_message(), "0");
    EXPECT_TRUE(socket.setopts({.active = active::passive}));
    co_await send_numbers(socket, 1);
    EXPECT_TRUE(co_await no_more_messages());
    EXPECT_EQ(co_await next_of(socket), "0");
  });
}

TEST(udp_active, nobody_at_the_peer_is_a_message_that_does_not_count) {
  in_process([]() -> process<> {
    const auto gone = co_await open_here();
    const auto socket = co_await open_here({.active = active::count(1)});
    EXPECT_TRUE(socket.connect(address_of(gone)));
    gone.close();
    for (int round = 0; round < 3; ++round) {
      EXPECT_TRUE(co_await socket.send("is anybody there?"));
      const auto told = co_await receive<udp::error>();
      EXPECT_EQ(told.socket, socket);
      EXPECT_EQ(told.why, std::errc::connection_refused);
    }
    co_await until_all_is_told();
    EXPECT_FALSE((co_await receive<udp::error>(after(0s))).has_value());
    EXPECT_EQ(socket.getopts()->active, active::count(1));
  });
}

process<> pass_on(pid to) {
  for (;;) send(to, co_await next_message());
}

TEST(udp_active, messages_go_to_the_new_owner) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here({.active = active::always});
    EXPECT_TRUE(socket.controlling_process(spawn_link(pass_on, self())));
    co_await send_numbers(socket, 2);
    EXPECT_EQ(co_await receive<std::string>(), "0");
    EXPECT_EQ(co_await receive<std::string>(), "1");
    EXPECT_TRUE(co_await no_more_messages());
    exit(exit_reason::normal);
    co_return;
  });
}

// The owner looks at its mailbox between two turns.
TEST(udp_active, a_flood_leaves_turns_to_others) {
  in_process([]() -> process<> {
    constexpr int count = 200;
    const auto socket = co_await open_here({.read_packets = 4});
    co_await send_numbers(socket, count);
    EXPECT_TRUE(socket.setopts({.active = active::always}));
    int received = 0;
    for (int round = 0; received < count && round < 10'000; ++round) {
      int now = 0;
      while (co_await receive<udp::data>(after(0s))) ++now;
      EXPECT_LE(now, 4);
      received += now;
      co_await sleep_for(0s);
    }
    EXPECT_EQ(received, count);
  });
}

process<> hold_a_flood(pid parent) {
  constexpr int count = 200;
  const auto socket = co_await open_here({.active = active::always, .receive_buffer = 1'000'000});
  for (int round = 0; round < 5; ++round) {
    co_await send_numbers(socket, count);
    for (int turns = 0; turns < 50; ++turns) co_await until_all_is_told();
    const std::uint64_t waiting = (co_await info_of(self()))->mailbox_length;
    EXPECT_GE(waiting, 32);
    EXPECT_LE(waiting, 128);
    for (int i = 0; i < count; ++i) EXPECT_EQ(co_await next_message(), std::to_string(i));
  }
  send(parent, true);
}

TEST(udp_active, a_flood_stops_in_the_kernel_and_none_is_lost_there) {
  in_process([]() -> process<> {
    spawn(hold_a_flood, self());
    EXPECT_TRUE(co_await receive<bool>());
  });
}

process<> die_with_a_full_mailbox(pid parent) {
  const auto socket = co_await open_here({.active = active::always, .read_packets = 2});
  co_await send_numbers(socket, 150);
  co_await until_all_is_told();
  send(parent, address_of(socket));
}

TEST(udp_active, an_owner_that_dies_in_a_flood_takes_the_socket_with_it) {
  in_process([]() -> process<> {
    for (int round = 0; round < 10; ++round) {
      spawn_monitor(die_with_a_full_mailbox, self());
      const auto there = co_await receive<socket_address>();
      co_await receive<down>();
      auto next = co_await udp::open({.address = "127.0.0.1", .port = there.port()});
      EXPECT_TRUE(next);
      next->close();
    }
  });
}

}  // namespace
}  // namespace dialtone
