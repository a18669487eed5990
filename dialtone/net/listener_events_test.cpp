// SPDX-License-Identifier: Apache-2.0
// What a listener tells of itself and of its connections.
#include <dialtone/net/listener.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <dialtone/net/net_events.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/telemetry.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

process<> echo(stream::socket socket) {
  while (auto data = co_await socket.recv()) {
    if (*data == "crash") throw std::runtime_error{"as planned"};
    co_await socket.send(*data);
  }
}

/// Speaks before it gives a connection away: the peer has to say "hello".
class greeted final : public transport_kind {
 public:
  explicit greeted(memory::network within) : inner_{transport::memory(std::move(within))} {}
  std::string_view name() const override { return "greeted"; }
  task<std::expected<stream::listener, net_error>> listen(transport_listen_options options) const override {
    return inner_.listen(std::move(options));
  }
  task<std::expected<stream::socket, net_error>> connect(socket_address to, socket_options options,
                                                         duration limit) const override {
    return inner_.connect(std::move(to), std::move(options), limit);
  }
  task<std::expected<stream::socket, net_error>> handshake(stream::socket accepted, duration limit) const override {
    return [](stream::socket socket, duration limit) -> task<std::expected<stream::socket, net_error>> {
      const auto said = co_await socket.recv(5, limit);
      if (!said) co_return std::unexpected{said.error()};
      co_return socket;
    }(accepted, limit);
  }

 private:
  transport inner_;
};

class listener_events : public ::testing::Test {
 protected:
  struct told {
    std::string event;
    std::vector<std::pair<std::string, std::string>> tags;
    std::vector<std::pair<std::string, std::int64_t>> measurements;
  };

  listener_events() {
    rt->telemetry().attach("test", "*", [this](const telemetry::record& record) {
      if (!record.event().starts_with("dialtone.listener.") && !record.event().starts_with("dialtone.connection."))
        return;
      told& one = all.emplace_back(std::string{record.event()});
      for (const auto& tag : record.tags()) one.tags.emplace_back(tag.name, tag.value);
      for (const auto& each : record.measurements())
        one.measurements.emplace_back(each.name, std::get<std::int64_t>(each.value));
    });
  }
  template <class Scenario>
  void run(Scenario scenario) {
    const exit_reason end = rt.run(scenario, network);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const told& each : all) result.push_back(each.event.substr(std::string_view{"dialtone."}.size()));
    return result;
  }
  const told* find(const std::string& event) const {
    const auto found = std::ranges::find(all, event, &told::event);
    return found == all.end() ? nullptr : &*found;
  }
  template <class List>
  static auto value(const List& list, std::string_view name) {
    for (const auto& [known, value] : list)
      if (known == name) return value;
    ADD_FAILURE() << "there is no " << name;
    return decltype(list.front().second){};
  }

  memory::network network;
  testing::stepped_runtime rt;
  std::vector<told> all;
};

struct serving {
  listener_ref listener;
  socket_address address;
};

task<serving> start(listener_spec spec) {
  const auto listener = co_await start_link(std::move(spec));
  const auto addresses = co_await listener.addresses();
  co_return serving{listener, addresses.front()};
}

TEST_F(listener_events, a_connection_tells_its_bytes_its_time_and_why_it_has_ended) {
  run([](memory::network within) -> process<> {
    const auto [listener, address] =
        co_await start({.listen_on = {endpoint::memory(within)}, .serve = connection(echo)});
    const auto client = co_await memory::connect(within, address);
    co_await client->send("hello");
    co_await client->recv(5);
    co_await sleep_for(3s);
    co_await client->send("you");
    co_await client->recv(3);
    co_await client->send("crash");
    co_await client->recv();
    co_await listener.stop();
  });
  EXPECT_EQ(names(), (std::vector<std::string>{"listener.start", "connection.start", "connection.stop", "listener.stop",
                                               "listener.drained"}));
  const told* stop = find("dialtone.connection.stop");
  ASSERT_NE(stop, nullptr);
  EXPECT_EQ(value(stop->measurements, "received_bytes"), 13);
  EXPECT_EQ(value(stop->measurements, "received_packets"), 3);
  EXPECT_EQ(value(stop->measurements, "sent_bytes"), 8);
  EXPECT_EQ(value(stop->measurements, "duration"), duration{3s}.count());
  EXPECT_NE(value(stop->tags, "reason").find("as planned"), std::string::npos);
  EXPECT_NE(value(stop->tags, "peer").find("127.0.0.1"), std::string::npos);
}

TEST_F(listener_events, a_crash_is_logged_once_with_the_peer) {
  run([](memory::network within) -> process<> {
    const auto [listener, address] =
        co_await start({.listen_on = {endpoint::memory(within)}, .serve = connection(echo)});
    const auto client = co_await memory::connect(within, address);
    co_await client->send("crash");
    co_await client->recv();
    co_await listener.stop();
  });
  const auto reports = std::ranges::count_if(rt.log(), [](const std::string& line) {
    return line.find("as planned") != std::string::npos &&
           line.find("with a connection to 127.0.0.1:") != std::string::npos;
  });
  EXPECT_EQ(reports, 1);
  EXPECT_EQ(std::ranges::count_if(rt.log(), [](const std::string& line) { return line.contains("as planned"); }), 1);
}

TEST_F(listener_events, that_it_is_full_is_told_once_and_that_there_is_room_again) {
  run([](memory::network within) -> process<> {
    const auto [listener, address] = co_await start({.listen_on = {endpoint::memory(within)},
                                                     .serve = connection(echo),
                                                     .max_connections = 2,
                                                     .when_full = full_policy::close});
    std::vector<stream::socket> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(*co_await memory::connect(within, address));
    co_await sleep_for(5s);
    clients[0].close();
    co_await sleep_for(5s);
    co_await listener.stop();
  });
  const auto told_names = names();
  EXPECT_EQ(std::ranges::count(told_names, "listener.full"), 1);
  EXPECT_EQ(std::ranges::count(told_names, "connection.refused"), 2);
  EXPECT_EQ(std::ranges::count(told_names, "listener.room"), 1);
  EXPECT_EQ(value(find("dialtone.listener.full")->measurements, "connections"), 2);
  EXPECT_EQ(value(find("dialtone.listener.room")->measurements, "duration"), duration{5s}.count());
}

TEST_F(listener_events, a_drain_tells_how_many_were_killed_and_how_long_it_took) {
  run([](memory::network within) -> process<> {
    const auto [listener, address] =
        co_await start({.listen_on = {endpoint::memory(within)}, .serve = connection([](stream::socket) -> process<> {
                                                                   trap_exit();
                                                                   co_await sleep_for(1h);
                                                                 })});
    co_await memory::connect(within, address);
    co_await sleep_for(1s);
    EXPECT_EQ(co_await listener.drain(4s), 1u);
    co_await listener.stop();
  });
  EXPECT_EQ(value(find("dialtone.listener.drained")->measurements, "killed"), 1);
  EXPECT_EQ(value(find("dialtone.listener.drained")->measurements, "duration"), duration{4s}.count());
}

TEST_F(listener_events, a_handshake_that_takes_too_long_ends_the_connection_and_holds_up_nobody) {
  run([](memory::network within) -> process<> {
    const auto [listener, address] = co_await start(
        {.listen_on = {endpoint::over(transport{std::make_shared<const greeted>(within)})}, .serve = connection(echo)});
    const auto slow = co_await memory::connect(within, address);
    const time_point begun = now();
    const auto quick = co_await memory::connect(within, address);
    co_await quick->send("hello");
    co_await quick->send("you");
    EXPECT_EQ((co_await quick->recv())->view(), "you");
    EXPECT_EQ(now(), begun);
    EXPECT_EQ((co_await slow->recv()).error(), net_error::closed);
    EXPECT_EQ(now() - begun, 5s);
    EXPECT_EQ((co_await listener.info()).connections, 1u);
    EXPECT_EQ((co_await listener.info()).crashed, 0u);
    co_await listener.stop();
  });
  const told* failed = find("dialtone.connection.handshake_failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_NE(value(failed->tags, "error").find("timeout"), std::string::npos);
}

}  // namespace
}  // namespace dialtone
