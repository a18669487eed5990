// SPDX-License-Identifier: Apache-2.0
// The hosts of a simulated network, and what is told of all that happens.
#include <dialtone/testing/simulated_hosts_test.hpp>

#include <fmt/format.h>

namespace dialtone::testing::two_hosts {
namespace {

TEST(simulated_networks, know_their_hosts) {
  world in;
  EXPECT_EQ(in.network.host_count(), 2);
  EXPECT_EQ(in.network.name(in.b), "b");
  EXPECT_EQ(in.network.address(in.b), in.b_address);
  EXPECT_EQ(in.network.find("b"), in.b);
  EXPECT_EQ(in.network.find("c"), std::nullopt);
  EXPECT_TRUE(in.network.is_up(in.b));
  in.network.crash(in.b);
  EXPECT_FALSE(in.network.is_up(in.b));
  EXPECT_EQ(in.network.next_event(), never);
}

TEST(simulated_networks, say_once_that_a_host_is_ready_until_it_is_polled) {
  int said = 0;
  world in;
  const host_id c = in.network.add_host("c", ip_address::v4(10, 0, 0, 3), [&] { ++said; });
  const std::unique_ptr<io::driver> at_c = in.network.make_driver(c);
  const io::handle listener = world::listen(*at_c, at(ip_address::v4(10, 0, 0, 3), 80));
  kept accepting;
  io::result done;
  ASSERT_FALSE(at_c->accept(listener, accepting, done));
  for (int count = 0; count < 2; ++count)
    EXPECT_EQ(in.connect(*in.at_a, world::open(*in.at_a), at(ip_address::v4(10, 0, 0, 3), 80)), 0);
  in.run_for(1s);
  EXPECT_EQ(said, 1);
  EXPECT_TRUE(at_c->is_ready());
  at_c->poll(0ns);
  EXPECT_TRUE(accepting.got);
  EXPECT_FALSE(at_c->is_ready());
}

TEST(simulated_networks, tell_all_that_happens_in_its_order) {
  world in;
  std::vector<std::string> told;
  in.network.on_event([&](const network_event& each) {
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(each.time.time_since_epoch() - 1h);
    told.push_back(fmt::format("{}ms {} {}>{} #{} {}", time.count(), to_string(each.kind), in.network.name(each.from),
                               in.network.name(each.to), each.connection, each.content));
  });
  const auto [client, server] = in.connect_both();
  in.send(*in.at_a, client, "hello");
  in.run_for(2ms);
  in.cut();
  in.at_a->close(client);
  in.mend();
  in.run_for(1s);
  in.network.pause(in.b);
  in.network.crash(in.b);
  in.network.restart(in.b);
  in.connect(*in.at_a, world::open(*in.at_a), at(in.b_address, 9));
  const std::vector<std::string> expected{"1ms connect a>b #1 ",    "3ms established a>b #1 ", "4ms data a>b #1 hello",
                                          "5ms cut a>b #0 ",        "5ms cut b>a #0 ",         "5ms lost a>b #1 ",
                                          "5ms mend a>b #0 ",       "5ms mend b>a #0 ",        "206ms end a>b #1 ",
                                          "1005ms pause b>b #0 ",   "1005ms crash b>b #0 ",    "1005ms restart b>b #0 ",
                                          "1006ms connect a>b #2 ", "1006ms refused b>a #2 ",  "1007ms reset b>a #2 "};
  EXPECT_EQ(told, expected);
}

TEST(simulated_networks_death, give_an_address_and_a_name_to_one_host_only) {
  world in;
  EXPECT_DEATH(in.network.add_host("c", in.a_address), "belongs to one host");
  EXPECT_DEATH(in.network.add_host("a", ip_address::v4(10, 0, 0, 3)), "a name of its own");
  EXPECT_DEATH(in.network.add_host("c", ip_address::v4(127, 0, 0, 1)), "leads to one host");
  EXPECT_DEATH(in.network.name(static_cast<host_id>(2)), "belongs to this network");
}

}  // namespace
}  // namespace dialtone::testing::two_hosts
