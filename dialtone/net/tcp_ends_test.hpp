// SPDX-License-Identifier: Apache-2.0
// Both ends of a TCP connection over the loopback interface, for tests, on each driver that there is.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/runtime.hpp>

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
inline void on_each_driver(process<> (*function)()) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = 1, .driver = choice, .level = log_level::off}};
    const exit_reason end = rt.run(function);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }
}

}  // namespace dialtone::tcp_ends
