// SPDX-License-Identifier: Apache-2.0
// The echo server on Dialtone: a process for each connection, on one scheduler. Usage: bench_net_dialtone PORT
// [--io auto|uring|epoll] (port 0: any); its first line is "listening PORT".
#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;

namespace {

dt::process<> echo(dt::tcp::socket connection) {
  while (auto data = co_await connection.recv()) co_await connection.send(std::move(*data));
}

dt::process<> serve(std::uint16_t port) {
  auto listener = co_await dt::tcp::listen({.address = "127.0.0.1",
                                            .port = port,
                                            .backlog = 4096,
                                            .connections = {.congestion_control = "reno"}});  // see load/main.cpp
  if (!listener) throw std::runtime_error{to_string(listener.error())};
  std::printf("listening %d\n", listener->local_address().port());
  std::fflush(stdout);
  for (;;)
    if (auto accepted = co_await listener->accept()) accepted->controlling_process(dt::spawn(echo, *accepted));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto driver = dt::io::take_driver_flag(arguments);
  if (!driver) {
    std::fprintf(stderr, "%s\n", driver.error().c_str());
    return 2;
  }
  std::uint16_t port = 0;
  if (!arguments.empty()) std::from_chars(arguments[0].begin(), arguments[0].end(), port);
  return dt::run({.schedulers = 1, .handle_signals = true, .driver = *driver}, serve, port);
}
