// SPDX-License-Identifier: Apache-2.0
// What links do: delays, bandwidth, loss, cuts into segments; and that all of it comes from the seed alone.
#include <dialtone/testing/simulated_hosts_test.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace dialtone::testing::two_hosts {
namespace {

std::vector<duration> drawn(const latency& from, std::size_t count) {
  dialtone::detail::random_bits bits{7};
  std::vector<duration> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(from.draw(bits));
  std::ranges::sort(all);
  return all;
}

TEST(simulated_latency, is_always_the_same_when_fixed) {
  EXPECT_EQ(drawn(latency::fixed(3ms), 100).front(), 3ms);
  EXPECT_EQ(drawn(latency::fixed(3ms), 100).back(), 3ms);
  EXPECT_EQ(drawn(latency::fixed(0ms), 100).back(), 0ms);
  EXPECT_EQ(drawn(latency::fixed(latency::longest), 100).back(), latency::longest);
}

TEST(simulated_latency, is_spread_evenly_when_uniform) {
  const std::vector<duration> all = drawn(latency::uniform(1ms, 2ms), 10'000);
  EXPECT_GE(all.front(), 1ms);
  EXPECT_LE(all.back(), 2ms);
  for (int tenth = 1; tenth < 10; ++tenth)
    EXPECT_NEAR(static_cast<double>(all[static_cast<std::size_t>(tenth) * 1000].count()), 1e6 + tenth * 1e5, 2e4);
}

TEST(simulated_latency, has_a_tail_that_halves_and_ends) {
  const std::vector<duration> all = drawn(latency::long_tailed(10ms, 1ms, 40ms), 100'000);
  EXPECT_GE(all.front(), 10ms);
  EXPECT_LE(all.back(), 40ms);
  EXPECT_GT(all.back(), 30ms);
  const auto beyond = [&](duration limit) { return all.end() - std::ranges::upper_bound(all, 10ms + limit); };
  EXPECT_NEAR(static_cast<double>(beyond(1ms)), 50'000, 1000);
  EXPECT_NEAR(static_cast<double>(beyond(2ms)), 25'000, 1000);
  EXPECT_NEAR(static_cast<double>(beyond(4ms)), 12'500, 700);
  EXPECT_NEAR(static_cast<double>(beyond(16ms)), 3125, 300);
}

TEST(simulated_probability, is_drawn_in_parts_of_a_million) {
  dialtone::detail::random_bits bits{7};
  const auto count = [&](probability of) {
    int drawn = 0;
    for (int i = 0; i < 100'000; ++i) drawn += of.draw(bits) ? 1 : 0;
    return drawn;
  };
  EXPECT_EQ(count({}), 0);
  EXPECT_EQ(count(probability::percent(100)), 100'000);
  EXPECT_NEAR(count(probability::percent(25)), 25'000, 700);
  EXPECT_NEAR(count(probability::parts_per_million(1000)), 100, 40);
}

TEST(simulated_latency_death, of_more_than_an_hour_or_less_than_nothing_is_asserted) {
  EXPECT_DEATH(latency::fixed(latency::longest + 1ns), "an hour");
  EXPECT_DEATH(latency::fixed(-1ns), "not negative");
  EXPECT_DEATH(latency::uniform(2ms, 1ms), "not shorter");
  EXPECT_DEATH(probability::parts_per_million(1'000'001), "at most 1");
}

// --- bandwidth ---

link_options narrow(std::uint64_t bytes_per_second) {
  return {.delay = latency::fixed(0ms), .bytes_per_second = bytes_per_second, .segmentation = {}};
}

struct transfer {
  explicit transfer(world& in, std::size_t size) : in{in}, ends{in.connect_both()}, size{size} {}
  void begin() {
    std::vector<bytes> pieces{bytes{std::string(size, 'x')}};
    io::result done;
    if (in.at_a->send(ends.client, pieces, writing, done)) writing.got = std::move(done);
  }
  void finish() { EXPECT_EQ(in.receive_bytes(*in.at_b, ends.server, size).size(), size); }
  world& in;
  connection ends;
  std::size_t size;
  kept writing;
};

TEST(simulated_bandwidth, lets_a_megabyte_through_in_a_second) {
  world in{plain(narrow(1'000'000))};
  transfer one{in, 1'000'000};
  one.begin();
  EXPECT_EQ(time_of(in, [&] { one.finish(); }), 1s);
  transfer mebibyte{in, std::size_t{1} << 20};
  mebibyte.begin();
  const duration took = time_of(in, [&] { mebibyte.finish(); });
  EXPECT_NEAR(static_cast<double>(took.count()), 1'048'576'000, 100);
}

TEST(simulated_bandwidth, is_shared_by_the_connections_of_a_direction_and_not_with_the_other) {
  world in{plain(narrow(1'000'000))};
  transfer one{in, 200'000};
  transfer other{in, 200'000};
  one.begin();
  other.begin();
  std::vector<bytes> back{bytes{std::string(100'000, 'x')}};
  kept writing;
  io::result done;
  EXPECT_TRUE(in.at_b->send(one.ends.server, back, writing, done));
  const auto receive_back = [&] { in.receive_bytes(*in.at_a, one.ends.client, 100'000); };
  EXPECT_EQ(time_of(in, receive_back), 100ms);
  EXPECT_EQ(time_of(in, [&] { one.finish(), other.finish(); }), 300ms);
}

TEST(simulated_bandwidth, is_limited_by_the_window_on_a_long_way) {
  world in{plain({.delay = latency::fixed(100ms), .segmentation = {}})};
  transfer one{in, std::size_t{1} << 20};
  one.begin();
  // Half a window with each round trip, once the first window is there.
  EXPECT_EQ(time_of(in, [&] { one.finish(); }), 100ms + 3 * 200ms);
}

// --- loss ---

TEST(simulated_loss, delays_streams_and_loses_nothing_of_them) {
  world in{plain({.delay = latency::fixed(1ms), .loss = probability::percent(10)})};
  const auto [client, server] = in.connect_both();
  std::array<int, 3> late{};
  for (int round = 0; round < 1000; ++round) {
    const std::string text = fmt::format("message {}", round);
    in.send(*in.at_a, client, bytes{text});
    std::string got;
    const duration took = time_of(in, [&] { got = in.receive_bytes(*in.at_b, server, text.size()); });
    ASSERT_EQ(got, text);
    const duration lost[] = {1ms, 201ms, 601ms};
    const auto times = std::ranges::find(lost, took) - std::begin(lost);
    if (times < 3) ++late[static_cast<std::size_t>(times)];
  }
  EXPECT_NEAR(late[0], 880, 50);
  EXPECT_NEAR(late[1], 100, 40);
  EXPECT_NEAR(late[2], 10, 9);
}

TEST(simulated_loss, of_everything_is_given_up) {
  world in;
  const auto [client, server] = in.connect_both();
  in.run_for(1s);
  in.network.set_link(in.a, in.b, {.delay = latency::fixed(1ms), .loss = probability::percent(100)});
  in.send(*in.at_a, client, "lost");
  EXPECT_EQ(time_of(in, [&] { EXPECT_EQ(in.receive(*in.at_a, client).error, ETIMEDOUT); }), 924'600ms);
}

// --- segments ---

TEST(simulated_segments, are_cut_anywhere_and_come_one_by_one) {
  link_options cutting{.delay = latency::uniform(1ms, 3ms), .segmentation = probability::percent(50)};
  cutting.segment_limit = 100;
  world in{plain(cutting)};
  const auto [client, server] = in.connect_both();
  std::vector<std::size_t> sizes;
  for (int round = 0; round < 3000; ++round) {
    in.send(*in.at_a, client, bytes{std::string(150, 'x')});
    for (std::size_t all = 0; all < 150; all += sizes.back()) {
      sizes.push_back(in.receive(*in.at_b, server).data.size());
      ASSERT_NE(sizes.back(), 0);
    }
  }
  for (std::size_t size = 1; size <= 100; ++size) EXPECT_NE(std::ranges::count(sizes, size), 0) << size;
  EXPECT_GT(sizes.size(), 5000);
}

// --- the seed ---

/// All that has happened.
std::string story(std::uint64_t seed) {
  network_options lively;
  lively.link.loss = probability::percent(5);
  lively.link.segmentation = probability::percent(50);
  world in{lively, seed};
  std::string told;
  in.network.on_event([&](const network_event& each) {
    told +=
        fmt::format("{} {} {}>{} #{} {}\n", each.time.time_since_epoch().count(), to_string(each.kind),
                    std::to_underlying(each.from), std::to_underlying(each.to), each.connection, each.content.size());
  });
  const io::handle listener = world::listen(*in.at_b, at(in.b_address, 80));
  for (int round = 0; round < 20; ++round) {
    const auto [client, server] = in.connect_to(listener);
    in.send(*in.at_a, client, bytes{std::string(10'000, 'x')});
    if (round == 5) in.cut();
    in.run_for(1s);
    if (round == 5) in.mend();
    in.receive_bytes(*in.at_b, server, 10'000);
    in.at_b->close(server);
  }
  return told;
}

TEST(simulated_networks, of_the_same_seed_are_the_same_to_the_nanosecond) {
  const std::string first = story(3);
  EXPECT_EQ(first, story(3));
  EXPECT_NE(first, story(4));
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char each : text) hash = (hash ^ static_cast<std::uint8_t>(each)) * 1099511628211U;
  return hash;
}

// On every machine, in every build: who changes the model changes the numbers here, and knows it.
TEST(simulated_networks, are_the_same_on_every_machine) {
  EXPECT_EQ(hash_of(story(1)), 796358543085495126U);
  EXPECT_EQ(hash_of(story(2)), 15616801359641866627U);
}

TEST(simulated_networks, draw_for_each_direction_and_purpose_by_itself) {
  const auto times = [](bool with_loss_elsewhere) {
    network_options options = plain({.delay = latency::uniform(1ms, 2ms), .segmentation = {}});
    world in{options};
    if (with_loss_elsewhere) in.network.set_link(in.b, in.a, {.loss = probability::percent(30)});
    const host_id third = in.network.add_host("third", ip_address::v4(10, 0, 0, 3));
    const std::unique_ptr<io::driver> c = in.network.make_driver(third);
    std::vector<time_point> arrived;
    in.network.on_event([&](const network_event& each) {
      if (each.kind == network_event_kind::refused && each.to == third) arrived.push_back(each.time);
    });
    for (int round = 0; round < 10; ++round) {
      const time_point next = in.clock.now() + 1min;
      if (with_loss_elsewhere) in.connect(*in.at_a, world::open(*in.at_a), at(in.b_address, 80));
      in.run_until(next);
      kept connecting;
      io::result done;
      EXPECT_FALSE(c->connect(world::open(*c), at(in.b_address, 80), connecting, done));
      in.run_for(1s);
      c->poll(0ns);
      EXPECT_EQ(connecting.got->error, ECONNREFUSED);
    }
    return arrived;
  };
  EXPECT_EQ(times(false), times(true));
  EXPECT_EQ(times(false).size(), 10);
}

}  // namespace
}  // namespace dialtone::testing::two_hosts
