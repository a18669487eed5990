// SPDX-License-Identifier: Apache-2.0
// A server that has no descriptor left for those who come, over each driver.
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

TEST_P(exhausted, without_descriptors_accept_pauses_and_loses_nobody) {
  constexpr std::size_t half = 20;
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
    std::vector<plain_socket> early(half);
    std::vector<plain_socket> late(half);
    for (auto& each : early) {
      ASSERT_EQ(each.connect_to(port), 0);
      ASSERT_EQ(each.ask("before"), "before");
    }
    const exhausted_descriptors nothing_left;
    for (auto& each : late) ASSERT_EQ(each.connect_to(port), 0);
    ASSERT_EQ(paused.get_future().wait_for(10s), std::future_status::ready);
    for (auto& each : early) EXPECT_EQ(each.ask("meanwhile"), "meanwhile");
    early.clear();  // leaves as many descriptors as are needed
    for (auto& each : late) EXPECT_EQ(each.ask("after"), "after");
    EXPECT_EQ(resumed.get_future().wait_for(10s), std::future_status::ready);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace dialtone
