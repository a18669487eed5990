// SPDX-License-Identifier: Apache-2.0
// Datagrams between simulated hosts, beyond what all drivers do: what is lost, doubled, overtaken, and sent to many.
#include <dialtone/testing/simulated_hosts_test.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <netinet/udp.h>

#include <dialtone/io/datagram_option.hpp>

namespace dialtone::testing::two_hosts {
namespace {

struct kept_datagram : io::datagram_operation {
  kept_datagram()
      : datagram_operation{
            [](operation& self, io::result&& done) { static_cast<kept_datagram&>(self).got = std::move(done); }} {}
  std::optional<io::result> got;
};

class simulated_datagrams : public ::testing::Test {
 protected:
  static io::handle open(io::driver& io, const io::socket_name& name) {
    const int family = static_cast<const sockaddr*>(name.data())->sa_family;
    const io::handle opened = io.open({.family = family, .type = SOCK_DGRAM}).value();
    EXPECT_EQ(io.bind(opened, name), 0);
    return opened;
  }
  static int send(io::driver& io, io::handle from, const io::socket_name& to, bytes data) {
    kept later;
    io::result done;
    EXPECT_TRUE(io.send_datagram(from, {.to = to, .data = std::move(data)}, later, done));
    return done.error;
  }
  /// What is there without waiting; nothing: "nothing".
  static std::string receive_now(io::driver& io, io::handle from) {
    kept_datagram later;
    io::result done;
    if (io.receive_datagram(from, later, done)) return std::string{done.data.view()};
    io.cancel(later);
    return "nothing";
  }
  void send_numbers(int count) {
    for (int number = 0; number < count; ++number) {
      send(a_, sender_, there_, bytes{std::to_string(number)});
      in_.run_for(10us);
    }
    in_.run_for(10s);
  }
  std::vector<int> receive_numbers() {
    std::vector<int> all;
    for (std::string next = receive_now(b_, receiver_); next != "nothing"; next = receive_now(b_, receiver_))
      all.push_back(std::stoi(next));
    return all;
  }
  void set_link(link_options link) {
    link.segmentation = {};
    in_.network.set_link(in_.a, in_.b, link);
  }

  world in_;
  io::driver& a_ = *in_.at_a;
  io::driver& b_ = *in_.at_b;
  const io::socket_name there_ = at(in_.b_address, 53);
  const io::handle sender_ = open(a_, at(in_.a_address, 1000));
  const io::handle receiver_ = open(b_, there_);
};

TEST_F(simulated_datagrams, take_the_time_of_the_link) {
  kept_datagram read;
  io::result done;
  ASSERT_FALSE(b_.receive_datagram(receiver_, read, done));
  EXPECT_EQ(send(a_, sender_, there_, "hello"), 0);
  in_.run_for(1ms - 1ns);
  EXPECT_FALSE(read.got);
  in_.run_for(1ns);
  ASSERT_TRUE(read.got);
  EXPECT_EQ(read.got->data, "hello");
  EXPECT_EQ(read.got.value().error, 0);
}

TEST_F(simulated_datagrams, keep_their_order_though_delays_differ) {
  set_link({.delay = latency::uniform(1ms, 100ms)});
  send_numbers(500);
  const std::vector<int> got = receive_numbers();
  EXPECT_EQ(got.size(), 500);
  EXPECT_TRUE(std::ranges::is_sorted(got));
}

TEST_F(simulated_datagrams, are_lost_and_never_come) {
  set_link({.delay = latency::fixed(1ms), .loss = probability::percent(20)});
  send_numbers(500);
  const std::vector<int> got = receive_numbers();
  EXPECT_NEAR(static_cast<double>(got.size()), 400, 40);
  EXPECT_TRUE(std::ranges::is_sorted(got));
}

TEST_F(simulated_datagrams, are_doubled) {
  set_link({.delay = latency::fixed(1ms), .duplication = probability::percent(20)});
  send_numbers(500);
  const std::vector<int> got = receive_numbers();
  EXPECT_NEAR(static_cast<double>(got.size()), 600, 40);
  for (int number = 0; number < 500; ++number) EXPECT_NE(std::ranges::count(got, number), 0) << number;
}

TEST_F(simulated_datagrams, are_overtaken) {
  set_link({.delay = latency::fixed(1ms), .reordering = probability::percent(20)});
  send_numbers(500);
  const std::vector<int> got = receive_numbers();
  EXPECT_EQ(got.size(), 500);
  int overtaken = 0;
  for (std::size_t i = 1; i < got.size(); ++i) overtaken += got[i] < got[i - 1] ? 1 : 0;
  EXPECT_NEAR(overtaken, 80, 40);
}

TEST_F(simulated_datagrams, wait_in_line_where_the_link_is_narrow) {
  set_link({.delay = latency::fixed(0ms), .bytes_per_second = 1'000'000});
  for (int count = 0; count < 100; ++count) send(a_, sender_, there_, bytes{std::string(1000, 'x')});
  in_.run_for(100ms - 1ns);
  for (int count = 0; count < 99; ++count) EXPECT_EQ(receive_now(b_, receiver_).size(), 1000) << count;
  EXPECT_EQ(receive_now(b_, receiver_), "nothing");
  in_.run_for(1ns);
  EXPECT_EQ(receive_now(b_, receiver_).size(), 1000);
}

TEST_F(simulated_datagrams, that_wait_are_joined_for_who_wants_that) {
  ASSERT_EQ(world::set(b_, receiver_, IPPROTO_UDP, UDP_GRO, 1), 0);
  const auto receive = [&](std::size_t room) {
    kept_datagram later;
    later.room = room;
    io::result done;
    if (!b_.receive_datagram(receiver_, later, done)) ADD_FAILURE() << "nothing waits";
    return std::pair{std::string{done.data.view()}, later.datagram_operation::got.ancillary.segment_size};
  };
  using one = std::pair<std::string, std::uint16_t>;
  const io::handle other = open(a_, at(in_.a_address, 1001));
  for (const char* each : {"aa", "bb", "c", "dd", "ee", "fff", "", "g"}) send(a_, sender_, there_, bytes{each});
  send(a_, other, there_, bytes{"h"});
  send(a_, other, there_, bytes{"i"});
  in_.run_for(1s);
  EXPECT_EQ(receive(100), (one{"aabbc", 2})) << "a shorter one is the last";
  EXPECT_EQ(receive(100), (one{"ddee", 2})) << "a longer one is of another train";
  EXPECT_EQ(receive(100), (one{"fff", 0}));
  EXPECT_EQ(receive(100), (one{"", 0})) << "an empty one is joined to none";
  EXPECT_EQ(receive(100), (one{"g", 0})) << "another sender's are";
  EXPECT_EQ(receive(1), (one{"h", 0})) << "there is no room for more";
  EXPECT_EQ(receive(100), (one{"i", 0}));
}

TEST_F(simulated_datagrams, at_most_64_are_joined) {
  ASSERT_EQ(world::set(b_, receiver_, IPPROTO_UDP, UDP_GRO, 1), 0);
  for (int count = 0; count < 65; ++count) send(a_, sender_, there_, bytes{"x"});
  in_.run_for(1s);
  EXPECT_EQ(receive_now(b_, receiver_), std::string(64, 'x'));
  EXPECT_EQ(receive_now(b_, receiver_), "x");
}

TEST_F(simulated_datagrams, no_more_are_joined_than_one_datagram_may_have) {
  ASSERT_EQ(world::set(b_, receiver_, IPPROTO_UDP, UDP_GRO, 1), 0);
  for (int count = 0; count < 64; ++count) send(a_, sender_, there_, bytes{std::string(1024, 'x')});
  in_.run_for(1s);
  EXPECT_EQ(receive_now(b_, receiver_).size(), 63u * 1024) << "64 would be more than the 65,507 of IPv4";
  EXPECT_EQ(receive_now(b_, receiver_).size(), 1024u);
}

TEST_F(simulated_datagrams, beyond_the_buffer_are_lost) {
  // Each counts 256 bytes more than it has.
  constexpr int room = 208 * 1024 / (256 + 768);
  for (int number = 0; number < room + 1; ++number) send(a_, sender_, there_, bytes{fmt::format("{:<768}", number)});
  in_.run_for(1s);
  EXPECT_EQ(receive_numbers().size(), room);
  send_numbers(1);
  EXPECT_EQ(receive_numbers(), std::vector{0}) << "there is room again";
}

TEST_F(simulated_datagrams, do_not_cross_a_cut_and_are_not_told_of_it) {
  ASSERT_FALSE(in_.network.is_cut(in_.a, in_.b));
  send(a_, sender_, there_, "on its way");
  in_.network.cut(in_.a, in_.b);
  EXPECT_EQ(send(a_, sender_, there_, "into the void"), 0);
  in_.run_for(1s);
  in_.network.mend(in_.a, in_.b);
  in_.run_for(1h);
  EXPECT_EQ(receive_now(b_, receiver_), "nothing");
  EXPECT_EQ(send(a_, sender_, at(ip_address::v4(10, 9, 9, 9), 53), "to nobody"), 0);
}

TEST_F(simulated_datagrams, wait_for_a_host_that_stands_still_and_die_with_one_that_crashes) {
  in_.network.pause(in_.b);
  send(a_, sender_, there_, "waits");
  in_.run_for(1h);
  EXPECT_EQ(receive_now(b_, receiver_), "nothing");
  in_.network.resume(in_.b);
  in_.settle();
  EXPECT_EQ(receive_now(b_, receiver_), "waits");
  in_.network.pause(in_.b);
  send(a_, sender_, there_, "never heard");
  in_.run_for(1s);
  in_.network.crash(in_.b);
  in_.run_for(1s);
  in_.network.restart(in_.b);
  in_.at_b = in_.network.make_driver(in_.b);
  const io::handle again = open(*in_.at_b, there_);
  in_.run_for(1h);
  EXPECT_EQ(receive_now(*in_.at_b, again), "nothing");
  send(a_, sender_, there_, "heard");
  in_.run_for(1s);
  EXPECT_EQ(receive_now(*in_.at_b, again), "heard");
}

TEST_F(simulated_datagrams, to_a_closed_port_come_back_to_who_is_connected_after_a_round_trip) {
  ASSERT_EQ(in_.connect(a_, sender_, there_), 0);
  b_.close(receiver_);
  kept_datagram read;
  io::result done;
  ASSERT_FALSE(a_.receive_datagram(sender_, read, done));
  EXPECT_EQ(send(a_, sender_, {}, "x"), 0);
  in_.run_for(2ms - 1ns);
  EXPECT_FALSE(read.got);
  in_.run_for(1ns);
  ASSERT_TRUE(read.got);
  EXPECT_EQ(read.got->error, ECONNREFUSED);
}

TEST_F(simulated_datagrams, move_with_their_socket) {
  const std::unique_ptr<io::driver> second = in_.network.make_driver(in_.b);
  send(a_, sender_, there_, "come");
  in_.run_for(1s);
  send(a_, sender_, there_, "on its way");
  const io::handle moved = second->adopt(b_.release(receiver_));
  in_.run_for(1s);
  EXPECT_EQ(receive_now(*second, moved), "come");
  EXPECT_EQ(receive_now(*second, moved), "on its way");
}

TEST_F(simulated_datagrams, to_all_hosts_reach_who_is_bound_to_all_addresses_once_it_is_allowed) {
  const ip_address all = ip_address::v4(0xffffffff);
  const io::handle b_any = open(b_, at(ip_address::v4(0), 100));
  const io::handle a_any = open(a_, at(ip_address::v4(0), 100));
  EXPECT_EQ(send(a_, sender_, at(all, 100), "hello all"), EACCES);
  EXPECT_EQ(world::set(a_, sender_, SOL_SOCKET, SO_BROADCAST, 1), 0);
  EXPECT_EQ(send(a_, sender_, at(all, 100), "hello all"), 0);
  EXPECT_EQ(send(a_, sender_, at(all, 53), "not to one address"), 0);
  in_.run_for(1s);
  EXPECT_EQ(receive_now(b_, b_any), "hello all");
  EXPECT_EQ(receive_now(a_, a_any), "hello all");
  EXPECT_EQ(receive_now(b_, receiver_), "nothing");
}

TEST_F(simulated_datagrams, to_a_group_reach_its_members_while_they_are) {
  const ip_address group = ip_address::v4(224, 1, 2, 3);
  const io::internet_name name = *at(group).internet();
  const io::handle member = open(b_, at(ip_address::v4(0), 100));
  const io::handle other = open(a_, at(ip_address::v4(0), 100));
  for (const bool joins : {true, false}) {
    EXPECT_EQ(io::set_membership(b_, member, name, 0, joins), 0);
    EXPECT_EQ(send(a_, sender_, at(group, 100), "to members"), 0);
    in_.run_for(1s);
    EXPECT_EQ(receive_now(b_, member), joins ? "to members" : "nothing");
    EXPECT_EQ(receive_now(a_, other), "nothing");
  }
  EXPECT_EQ(io::set_membership(a_, other, *at(in_.a_address).internet(), 0, true), EINVAL) << "no group";
  EXPECT_EQ(io::set_membership(a_, other, name, 0, true), 0);
  for (const int loop : {1, 0}) {
    EXPECT_EQ(world::set(a_, sender_, IPPROTO_IP, IP_MULTICAST_LOOP, loop), 0);
    EXPECT_EQ(send(a_, sender_, at(group, 100), "to itself"), 0);
    in_.run_for(1s);
    EXPECT_EQ(receive_now(a_, other), loop == 1 ? "to itself" : "nothing");
  }
}

TEST_F(simulated_datagrams, of_both_protocols_have_ports_of_their_own) {
  const io::handle stream = world::open(b_);
  EXPECT_EQ(b_.bind(stream, there_), 0);
  const io::handle second = b_.open({.family = AF_INET, .type = SOCK_DGRAM}).value();
  EXPECT_EQ(b_.bind(second, there_), EADDRINUSE);
  EXPECT_EQ(b_.listen(second, 8), EOPNOTSUPP);
  EXPECT_EQ(in_.receive(b_, second).error, EOPNOTSUPP);
  EXPECT_EQ(in_.send(b_, second, "x").error, EOPNOTSUPP);
  EXPECT_EQ(b_.shutdown(second, io::shutdown_how::both), ENOTCONN);
}

}  // namespace
}  // namespace dialtone::testing::two_hosts
