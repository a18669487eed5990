// SPDX-License-Identifier: Apache-2.0
// What the tests of simulations share. For test files only.
#pragma once

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone::testing {

inline process<> echo_connection(tcp::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(*data);
}

/// On port 7, each connection in a process of its own.
inline process<> echo_server() {
  auto listener = co_await tcp::listen({.address = "0.0.0.0", .port = 7});
  while (auto socket = co_await listener->accept()) {
    pid owner = spawn(echo_connection, *socket);
    socket->controlling_process(owner);
  }
}

}  // namespace dialtone::testing
