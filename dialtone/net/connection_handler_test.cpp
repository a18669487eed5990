// SPDX-License-Identifier: Apache-2.0
// What a handler that is a class is told, and what becomes of what it wants; in memory, on the test's clock.
#include <dialtone/net/connection_handler.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <dialtone/net/listener.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct told {
  std::string what;
};
void tell(std::string what) {
  if (const auto test = whereis("test")) send(*test, told{std::move(what)});
}
task<std::string> heard() {
  const auto message = co_await receive<told>(after(1h));
  co_return message ? message->what : "nothing";
}

struct poke {
  std::string text;
};

/// Tells all that happens to it.
class witness : public connection_handler<witness> {
 public:
  using infos = messages<poke>;
  explicit witness(std::string greeting) : greeting_{std::move(greeting)} {}
  ~witness() { tell("gone"); }

  task<> handle_connection() { co_await socket().send(greeting_); }
  task<connection_next> handle_data(bytes data) {
    const std::string text{data.view()};
    tell("data " + text);
    if (text == "close") co_return connection_next::close();
    if (text == "crash") throw std::runtime_error{"as planned"};
    if (text == "short") set_idle_timeout(1s);
    co_await socket().send(std::move(data));
    co_return connection_next::go_on();
  }
  void handle_info(const poke& message) { tell("poke " + message.text); }
  void handle_timeout() { tell("timeout"); }
  void handle_shutdown() { tell("shutdown"); }
  void handle_close() { tell("close"); }
  void handle_error(const net_error& why) { tell("error " + std::string{why.code_name()}); }

 private:
  std::string greeting_;
};

/// Has no callback at all.
class silent : public connection_handler<silent> {};

/// Still has something to do when it is told to end, until it is poked.
class diligent : public connection_handler<diligent> {
 public:
  using infos = messages<poke>;
  connection_next handle_shutdown() {
    tell("shutdown");
    return connection_next::go_on();
  }
  task<connection_next> handle_info(poke message) {
    co_await socket().send(message.text);
    co_return connection_next::close();
  }
  connection_next handle_timeout() {
    tell("timeout");
    return connection_next::go_on();
  }
};

class second : public connection_handler<second> {
 public:
  explicit second(int number) : number_{number} {}
  void handle_data(const bytes& data) { tell(std::to_string(number_) + std::string{data.view()}); }

 private:
  int number_;
};

class first : public connection_handler<first> {
 public:
  connection_next handle_data(const bytes&) { return connection_next::switch_to(connection<second>(2)); }
};

struct fixture {
  listener_ref listener;
  stream::socket client;
};

task<fixture> serve(connection_spec by, socket_options options = {}) {
  register_name("test");
  memory::network network;
  const auto listener = co_await start_link(
      listener_spec{.listen_on = {endpoint::memory(network, {.connections = std::move(options)})}, .serve = by});
  const auto addresses = co_await listener.addresses();
  auto client = co_await memory::connect(network, addresses.front());
  co_return fixture{listener, *client};
}

task<std::string> answer(stream::socket socket) {
  const auto got = co_await socket.recv(0, 1h);
  co_return got ? std::string{got->view()} : std::string{got.error().code_name()};
}

void run(process<> (*scenario)()) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  const exit_reason end = rt.run(scenario);
  EXPECT_EQ(end, exit_reason::normal) << to_string(end);
}

TEST(connection_handler, is_told_of_data_and_of_the_end) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    EXPECT_EQ(co_await answer(client), "hello");
    co_await client.send("one");
    EXPECT_EQ(co_await heard(), "data one");
    EXPECT_EQ(co_await answer(client), "one");
    co_await client.send("two");
    EXPECT_EQ(co_await heard(), "data two");
    EXPECT_EQ(co_await answer(client), "two");
    client.close();
    EXPECT_EQ(co_await heard(), "close");
    EXPECT_EQ(co_await heard(), "gone");
    EXPECT_EQ((co_await listener.info()).crashed, 0u);
    co_await listener.stop();
  });
}

TEST(connection_handler, gets_packets_as_the_options_of_the_endpoint_cut_them) {
  run([]() -> process<> {
    const auto [listener, client] =
        co_await serve(connection<witness>("hello"), {.active = active::always, .packet = packet::line});
    co_await client.send("one\ntwo\n");
    EXPECT_EQ(co_await heard(), "data one\n");
    EXPECT_EQ(co_await heard(), "data two\n");
    co_await listener.stop();
  });
}

TEST(connection_handler, closes_when_it_says_so) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    EXPECT_EQ(co_await answer(client), "hello");
    co_await client.send("close");
    EXPECT_EQ(co_await heard(), "data close");
    EXPECT_EQ(co_await heard(), "gone");
    EXPECT_EQ(co_await answer(client), "closed");
    co_await listener.stop();
  });
}

TEST(connection_handler, is_told_of_an_error_of_the_connection) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    EXPECT_EQ(co_await answer(client), "hello");
    EXPECT_TRUE(client.setopts({.linger = 0s}));
    co_await client.send("one");
    EXPECT_EQ(co_await heard(), "data one");
    client.close();
    EXPECT_EQ(co_await heard(), "error ECONNRESET");
    EXPECT_EQ(co_await heard(), "gone");
    co_await listener.stop();
  });
}

TEST(connection_handler, that_crashes_ends_alone) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    EXPECT_EQ(co_await answer(client), "hello");
    co_await client.send("crash");
    EXPECT_EQ(co_await heard(), "data crash");
    EXPECT_EQ(co_await heard(), "gone");
    EXPECT_EQ(co_await answer(client), "closed");
    while ((co_await listener.info()).connections != 0) co_await yield();
    EXPECT_EQ((co_await listener.info()).crashed, 1u);
    co_await listener.stop();
  });
}

TEST(connection_handler, gets_ordinary_messages_between_packets) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    EXPECT_EQ(co_await answer(client), "hello");
    const auto processes = co_await listener.connections();
    send(processes.front(), poke{"one"});
    EXPECT_EQ(co_await heard(), "poke one");
    co_await client.send("two");
    EXPECT_EQ(co_await heard(), "data two");
    co_await listener.stop();
  });
}

TEST(connection_handler, is_told_when_the_peer_sends_nothing_for_the_idle_time) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    const time_point begun = now();
    EXPECT_EQ(co_await answer(client), "hello");
    co_await sleep_for(59s);
    co_await client.send("one");
    EXPECT_EQ(co_await heard(), "data one");
    EXPECT_EQ(co_await heard(), "timeout");
    EXPECT_EQ(now() - begun, 59s + 60s);
    EXPECT_EQ(co_await heard(), "gone");
    co_await listener.stop();
  });
}

TEST(connection_handler, counts_neither_messages_nor_what_it_sends_for_the_idle_time) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    const time_point begun = now();
    EXPECT_EQ(co_await answer(client), "hello");
    const auto processes = co_await listener.connections();
    for (int i = 0; i < 59; ++i) {
      co_await sleep_for(1s);
      send(processes.front(), poke{});
      EXPECT_EQ(co_await heard(), "poke ");
    }
    EXPECT_EQ(co_await heard(), "timeout");
    EXPECT_EQ(now() - begun, 60s);
    co_await listener.stop();
  });
}

TEST(connection_handler, counts_the_bytes_of_a_packet_that_is_not_whole_for_the_idle_time) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"), {.packet = packet::line});
    for (int i = 0; i < 5; ++i) {
      co_await sleep_for(50s);
      co_await client.send("x");
    }
    co_await client.send("\n");
    EXPECT_EQ(co_await heard(), "data xxxxx\n");
    EXPECT_EQ(co_await heard(), "timeout");
    co_await listener.stop();
  });
}

TEST(connection_handler, may_change_its_idle_time) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    const time_point begun = now();
    co_await client.send("short");
    EXPECT_EQ(co_await heard(), "data short");
    EXPECT_EQ(co_await heard(), "timeout");
    EXPECT_EQ(now() - begun, 1s);
    co_await listener.stop();
  });
}

TEST(connection_handler, that_waits_for_data_ends_at_once_in_a_drain) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    EXPECT_EQ(co_await answer(client), "hello");
    const time_point begun = now();
    EXPECT_EQ(co_await listener.drain(10s), 0u);
    EXPECT_EQ(now(), begun);
    EXPECT_EQ(co_await heard(), "shutdown");
    EXPECT_EQ(co_await heard(), "gone");
    EXPECT_EQ(co_await answer(client), "closed");
    co_await listener.stop();
  });
}

TEST(connection_handler, may_finish_its_work_in_a_drain) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<diligent>());
    co_await client.send("x");
    while ((co_await listener.connections()).empty()) co_await yield();
    const auto processes = co_await listener.connections();
    send_after(5s, processes.front(), poke{"last words"});
    const time_point begun = now();
    EXPECT_EQ(co_await listener.drain(10s), 0u);
    EXPECT_EQ(now() - begun, 5s);
    EXPECT_EQ(co_await heard(), "shutdown");
    EXPECT_EQ(co_await answer(client), "last words");
    EXPECT_EQ(co_await answer(client), "closed");
    co_await listener.stop();
  });
}

TEST(connection_handler, is_killed_when_it_does_not_finish_in_time) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<diligent>());
    while ((co_await listener.connections()).empty()) co_await yield();
    EXPECT_EQ(co_await listener.drain(10s), 1u);
    EXPECT_EQ(co_await answer(client), "closed");
    co_await listener.stop();
  });
}

TEST(connection_handler, may_wait_on_when_the_peer_is_silent) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<diligent>());
    const time_point begun = now();
    EXPECT_EQ(co_await heard(), "timeout");
    EXPECT_EQ(co_await heard(), "timeout");
    EXPECT_EQ(now() - begun, 120s);
    co_await listener.stop();
  });
}

TEST(connection_handler, without_callbacks_drops_what_comes_and_closes_when_nothing_comes) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<silent>());
    const time_point begun = now();
    co_await client.send("one");
    EXPECT_EQ(co_await answer(client), "closed");
    EXPECT_EQ(now() - begun, 60s);
    co_await listener.stop();
  });
}

TEST(connection_handler, may_give_the_connection_to_another_one) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<first>(), {.packet = packet::line});
    co_await client.send("one\ntwo\nthree\n");
    EXPECT_EQ(co_await heard(), "2two\n");
    EXPECT_EQ(co_await heard(), "2three\n");
    EXPECT_EQ((co_await listener.info()).connections, 1u);
    co_await listener.stop();
  });
}

TEST(connection_handler, ends_with_a_process_that_it_is_linked_to) {
  run([]() -> process<> {
    const auto [listener, client] = co_await serve(connection<witness>("hello"));
    EXPECT_EQ(co_await answer(client), "hello");
    const auto processes = co_await listener.connections();
    exit(processes.front(), exit_reason::custom_text("another one"));
    EXPECT_EQ(co_await heard(), "gone");
    EXPECT_EQ(co_await answer(client), "closed");
    co_await listener.stop();
  });
}

}  // namespace
}  // namespace dialtone
