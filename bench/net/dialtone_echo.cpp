// SPDX-License-Identifier: Apache-2.0
// The echo server on Dialtone: a process for each connection, on one scheduler. Usage: bench_net_dialtone PORT (0:
// any); its first line is "listening PORT".
#include <cstdio>
#include <cstdlib>

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
  const auto port = argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : std::uint16_t{0};
  return dt::run({.schedulers = 1, .handle_signals = true}, serve, port);
}
