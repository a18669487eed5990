// SPDX-License-Identifier: Apache-2.0
// Both ends of a TCP connection over the loopback interface, for tests, on each driver that there is; or in memory, on
// a clock that the test has to itself: all that is about time.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/memory.hpp>
#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::tcp_ends {

struct both {
  tcp::listener listener;
  tcp::socket client;
  tcp::socket server;
};

/// All three of the caller.
inline task<both> connected(socket_options client = {}, socket_options server = {}, std::string address = "127.0.0.1") {
  auto listener = co_await tcp::listen({.address = std::move(address), .connections = std::move(server)});
  auto socket = co_await tcp::connect(listener->local_address(), std::move(client));
  auto accepted = co_await listener->accept();
  co_return both{*listener, *socket, *accepted};
}

/// What was received, or why nothing was.
inline std::string text_of(const std::expected<bytes, net_error>& got) {
  return got ? std::string{got->view()} : to_string(got.error());
}

/// Runs a test's function in a process.
inline void on_each_driver(process<> (*function)(), runtime_options options = {}) {
  options.schedulers = 1;
  options.level = log_level::off;
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    options.driver = choice;
    runtime rt{options};
    const exit_reason end = rt.run(function);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }
}

/// The same without a kernel; time passes only when nothing else is left to do.
inline void in_memory(process<> (*function)()) {
  for (const std::uint64_t seed : {1u, 4711u}) {
    testing::stepped_runtime rt{
        {.seed = seed, .shuffle = seed != 1, .runtime = {.make_driver = memory::network{}.drivers()}}};
    const exit_reason end = rt.run(function);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end) << ", seed " << seed;
  }
}

}  // namespace dialtone::tcp_ends
