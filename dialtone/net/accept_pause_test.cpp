// SPDX-License-Identifier: Apache-2.0
// A listener over a driver that has no descriptors when the test says so, on the test's clock.
#include <dialtone/net/accept_pause.hpp>

#include <gtest/gtest.h>

#include <cerrno>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/telemetry.hpp>
#include <dialtone/testing/no_driver.hpp>
#include <dialtone/testing/virtual_clock.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct scarce_state {
  int error = 0;
  int attempts = 0;
  std::uint32_t handles = 0;
};

/// Accepts as many connections as are wanted, at once, and nothing else; fails with `error` when there is one.
class scarce_driver : public testing::no_driver {
 public:
  explicit scarce_driver(scarce_state& state) : state_{state} {}
  std::expected<io::handle, int> open(io::socket_kind) override { return next(); }
  int bind(io::handle, const io::socket_name&) override { return 0; }
  int listen(io::handle, int) override { return 0; }
  int set_option(io::handle, io::socket_option, std::span<const std::byte>) override { return 0; }
  std::expected<io::socket_name, int> local_name(io::handle) override {
    return to_socket_name({ip_address::v4(127, 0, 0, 1), 4000});
  }
  bool accept(io::handle, io::operation&, io::result& done) override {
    ++state_.attempts;
    done = {.error = state_.error};
    if (state_.error == 0) done.accepted = next();
    return true;
  }

 private:
  io::handle next() { return {++state_.handles, 1}; }
  scarce_state& state_;
};

class accept_pause : public ::testing::Test {
 protected:
  runtime_options options() {
    return {.schedulers = 1,
            .log_sink = make_log_sink([this](const log_line& line) { log.emplace_back(line.text); }),
            .threads = threading::stepped,
            .clock = &clock,
            .make_driver = [this] { return std::make_unique<scarce_driver>(state); }};
  }
  void advance(duration time) {
    rt.run_until_idle();
    for (const time_point end = clock.now() + time; clock.now() < end; rt.run_until_idle())
      clock.advance_to(std::min(std::max(rt.next_deadline(), clock.now()), end));
  }

  testing::virtual_clock clock;
  scarce_state state;
  std::vector<std::string> log;
  std::vector<std::string> told;
  runtime rt{options()};
};

struct outcome {
  int accepted = 0;
  std::optional<net_error> error;
};
outcome seen;

process<> accept_three(duration limit) {
  seen = {};
  auto listener = co_await tcp::listen({.address = "127.0.0.1", .port = 4000});
  while (seen.accepted < 3) {
    auto socket = co_await listener->accept(limit);
    if (!socket) {
      seen.error = socket.error();
      break;
    }
    ++seen.accepted;
  }
}

TEST_F(accept_pause, without_descriptors_an_accept_waits_and_goes_on_when_there_are_some) {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    state.error = error;
    rt.spawn(accept_three, tcp::unlimited);
    advance(1min);
    EXPECT_EQ(seen.accepted, 0);
    EXPECT_FALSE(seen.error);
    state.error = 0;
    advance(::dialtone::detail::accept_pause::longest);
    EXPECT_EQ(seen.accepted, 3);
    EXPECT_FALSE(seen.error);
  }
}

TEST_F(accept_pause, it_tries_again_ever_more_seldom) {
  state.error = EMFILE;
  rt.spawn(accept_three, tcp::unlimited);
  advance(0ms);
  EXPECT_EQ(state.attempts, 1);
  advance(10ms);
  EXPECT_EQ(state.attempts, 2);
  advance(10ms);
  EXPECT_EQ(state.attempts, 2);
  advance(10ms);
  EXPECT_EQ(state.attempts, 3);
  state.attempts = 0;
  advance(1min);
  EXPECT_LE(state.attempts, 60 * 5 + 5);
  EXPECT_GE(state.attempts, 60 * 5 - 5);
}

TEST_F(accept_pause, is_reported_once_and_its_end_as_well) {
  rt.telemetry().attach("test", "dialtone.listener.*", [this](const telemetry::record& record) {
    told.push_back(std::string{record.event()} + " " + *record.find_tag("address"));
  });
  state.error = EMFILE;
  rt.spawn(accept_three, tcp::unlimited);
  advance(1min);
  ASSERT_EQ(told, std::vector<std::string>{"dialtone.listener.accept_paused 127.0.0.1:4000"});
  state.error = 0;
  advance(1s);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1], "dialtone.listener.accept_resumed 127.0.0.1:4000");
  ASSERT_GE(log.size(), 2u);
  EXPECT_NE(log[log.size() - 2].find("accept 127.0.0.1:4000: EMFILE"), std::string::npos) << log[log.size() - 2];
  EXPECT_NE(log.back().find("accept 127.0.0.1:4000: goes on"), std::string::npos) << log.back();
}

TEST_F(accept_pause, ends_with_the_time_limit_of_the_accept) {
  state.error = EMFILE;
  rt.spawn(accept_three, 5s);
  advance(4999ms);
  EXPECT_FALSE(seen.error);
  advance(10ms);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(*seen.error, net_error::timeout);
}

TEST_F(accept_pause, ends_with_its_listener) {
  state.error = EMFILE;
  const pid server = rt.spawn(accept_three, tcp::unlimited);
  advance(1s);
  rt.exit(server, exit_reason::kill);
  advance(0ms);
  state.attempts = 0;
  advance(1min);
  EXPECT_EQ(state.attempts, 0);
}

TEST_F(accept_pause, other_errors_are_told_at_once) {
  state.error = EPERM;
  rt.spawn(accept_three, tcp::unlimited);
  advance(0ms);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(*seen.error, std::errc::operation_not_permitted);
}

}  // namespace
}  // namespace dialtone
