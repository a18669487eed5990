// SPDX-License-Identifier: Apache-2.0
// What a program says that has no descriptor left, and a server for those who come, over each driver.
#include "sockets_test.hpp"

#include <sys/resource.h>
#include <future>

#include <dialtone/dialtone.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

process<> echo(tcp::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(*data);
}
std::promise<std::uint16_t> bound;

process<> serve() {
  auto listener = co_await tcp::listen({.address = "127.0.0.1"});
  bound.set_value(listener->local_address().port());
  while (auto socket = co_await listener->accept()) socket->controlling_process(spawn(echo, *socket));
}

/// No new descriptor for as long as it lives.
class exhausted_descriptors {
 public:
  exhausted_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest = ::dup(STDIN_FILENO);
    ::close(lowest);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~exhausted_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  exhausted_descriptors(const exhausted_descriptors&) = delete;

 private:
  rlimit before_{};
};

class exhausted : public ::testing::TestWithParam<io::driver_choice> {};
INSTANTIATE_TEST_SUITE_P(over, exhausted, ::testing::ValuesIn(permitted_drivers()),
                         [](const auto& driver) { return driver_name(driver.param); });

/// Clients of an echo server: some before, and some while there is no descriptor. The server is told to have paused and
/// gone on by those.
void pause_and_go_on(std::uint16_t port, std::future<void> paused, std::future<void> resumed) {
  constexpr std::size_t half = 20;
  std::vector<plain_socket> early(half);
  std::vector<plain_socket> late(half);
  for (auto& each : early) {
    ASSERT_EQ(each.connect_to(port), 0);
    ASSERT_EQ(each.ask("before"), "before");
  }
  const exhausted_descriptors nothing_left;
  for (auto& each : late) ASSERT_EQ(each.connect_to(port), 0);
  ASSERT_EQ(paused.wait_for(10s), std::future_status::ready);
  for (auto& each : early) EXPECT_EQ(each.ask("meanwhile"), "meanwhile");
  early.clear();  // leaves as many descriptors as are needed
  for (auto& each : late) EXPECT_EQ(each.ask("after"), "after");
  EXPECT_EQ(resumed.wait_for(10s), std::future_status::ready);
}

TEST_P(exhausted, without_descriptors_accept_pauses_and_loses_nobody) {
  const int before = open_descriptors();
  {
    runtime rt{{.schedulers = 1, .driver = GetParam(), .level = log_level::off}};
    std::promise<void> paused;
    std::promise<void> resumed;
    rt.telemetry().attach("test", "dialtone.listener.*", [&](const telemetry::record& record) {
      (record.event().ends_with("paused") ? paused : resumed).set_value();
    });
    bound = {};
    rt.spawn(serve);
    const std::uint16_t port = bound.get_future().get();
    ASSERT_NO_FATAL_FAILURE(pause_and_go_on(port, paused.get_future(), resumed.get_future()));
  }
  EXPECT_EQ(open_descriptors(), before);
}

std::promise<listener_ref> listens;

process<> serve_by_a_listener() {
  const auto listener = co_await start_link(listener_spec{
      .listen_on = {endpoint::tcp({.address = "127.0.0.1"})}, .serve = connection(echo), .max_connections = 1'000});
  const auto addresses = co_await listener.addresses();
  bound.set_value(addresses.front().port());
  listens.set_value(listener);
  co_await receive<exited>();
}

task<std::vector<child_info>> children_of(listener_ref listener) {
  co_return co_await supervisor_ref{listener.pid()}.which_children();
}

TEST_P(exhausted, without_descriptors_a_listener_restarts_nothing_and_loses_nobody) {
  const int before = open_descriptors();
  {
    runtime rt{{.schedulers = 2, .driver = GetParam(), .level = log_level::off}};
    std::promise<void> paused;
    std::promise<void> resumed;
    rt.telemetry().attach("paused", "dialtone.listener.accept_paused",
                          [&](const telemetry::record&) { paused.set_value(); });
    rt.telemetry().attach("resumed", "dialtone.listener.accept_resumed",
                          [&](const telemetry::record&) { resumed.set_value(); });
    bound = {};
    listens = {};
    rt.spawn(serve_by_a_listener);
    const std::uint16_t port = bound.get_future().get();
    const listener_ref listener = listens.get_future().get();
    const auto processes = rt.call(children_of, listener);
    ASSERT_NO_FATAL_FAILURE(pause_and_go_on(port, paused.get_future(), resumed.get_future()));
    const auto still = rt.call(children_of, listener);
    ASSERT_EQ(still.size(), processes.size());
    for (std::size_t i = 0; i < still.size(); ++i) EXPECT_EQ(still[i].pid, processes[i].pid) << still[i].id;
  }
  EXPECT_EQ(open_descriptors(), before);
}

template <class Result>
void expect_no_descriptor(const std::expected<Result, net_error>& opened, std::string_view place) {
  EXPECT_FALSE(opened);
  if (opened) return;
  EXPECT_EQ(opened.error(), std::errc::too_many_files_open);
  EXPECT_EQ(opened.error().operation(), net_operation::open);
  EXPECT_NE(to_string(opened.error()).find(place), std::string::npos) << to_string(opened.error());
}

process<> open_all_kinds() {
  auto listener = co_await tcp::listen({.address = "127.0.0.1"});
  auto by_name = co_await local::listen({});
  const std::string name = to_string(by_name->local_address()).substr(std::string_view{"unix:"}.size());
  {
    const exhausted_descriptors nothing_left;
    expect_no_descriptor(co_await tcp::listen({.address = "127.0.0.2"}), "127.0.0.2");
    expect_no_descriptor(co_await tcp::connect(listener->local_address(), {}, 5s), "127.0.0.1");
    expect_no_descriptor(co_await local::listen({.path = "@nobody"}), "@nobody");
    expect_no_descriptor(co_await local::connect(name, {}, 5s), name);
    expect_no_descriptor(co_await udp::open({.address = "127.0.0.3"}), "127.0.0.3");
    expect_no_descriptor(co_await udp::open({.address = "unix:@nobody"}), "@nobody");
    expect_no_descriptor(co_await udp::open({.network_namespace = "/proc/self/ns/net"}), "/proc/self/ns/net");
  }
  EXPECT_TRUE(co_await tcp::connect(listener->local_address(), {}, 5s)) << "it was for a while only";
  EXPECT_TRUE(co_await udp::open({.address = "127.0.0.1"}));
}

TEST_P(exhausted, without_descriptors_what_opens_a_socket_says_so_and_where) {
  const int before = open_descriptors();
  {
    runtime rt{{.schedulers = 1, .driver = GetParam(), .level = log_level::off}};
    EXPECT_EQ(rt.run(open_all_kinds), exit_reason::normal);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace dialtone
