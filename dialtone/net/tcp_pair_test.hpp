// SPDX-License-Identifier: Apache-2.0
// For tests over the loopback interface, one scheduler, on its own clock: a connection of which both ends are at hand.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/runtime.hpp>

namespace dialtone {
namespace {

[[maybe_unused]] std::string text_of(const std::expected<bytes, net_error>& got) {
  return got ? std::string{got->view()} : to_string(got.error());
}

struct ends {
  tcp::socket client;
  tcp::socket server;
};

/// A connection, both ends of which the caller owns.
[[maybe_unused]] task<ends> connected(socket_options client = {}, socket_options server = {}) {
  auto listener = co_await tcp::listen({.address = "127.0.0.1", .connections = server});
  auto socket = co_await tcp::connect(listener->local_address(), client);
  auto accepted = co_await listener->accept();
  listener->close();
  co_return ends{*socket, *accepted};
}

/// Runs a test's function in a process, over each driver that there is.
[[maybe_unused]] void in_process(process<> (*function)()) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = 1, .driver = choice, .level = log_level::off}};
    const exit_reason end = rt.run(function);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }
}

}  // namespace
}  // namespace dialtone
