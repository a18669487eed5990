// SPDX-License-Identifier: Apache-2.0
// Servers in a few lines: a listener takes connections, and starts a process for each.
#include <algorithm>
#include <cctype>
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

// A function serves a connection: it owns the socket, and ends with it.
dt::process<> echo(dt::stream::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(*data);
}

// So does a class, which is told what happens.
class shouter : public dt::connection_handler<shouter> {
 public:
  explicit shouter(std::string greeting) : greeting_{std::move(greeting)} {}

  dt::task<> handle_connection() { co_await socket().send(greeting_); }

  dt::task<dt::connection_next> handle_data(dt::bytes line) {
    if (line == "bye\n") co_return dt::connection_next::close();
    std::string text{line.view()};
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
    co_await socket().send(std::move(text));
    co_return dt::connection_next::go_on();
  }

  dt::task<> handle_shutdown() { co_await socket().send("the server ends\n"); }

 private:
  std::string greeting_;
};

dt::listener_spec shouters() {
  return {
      .listen_on = {dt::endpoint::tcp({.address = "127.0.0.1", .connections = {.packet = dt::packet::line}}),
                    dt::endpoint::local({.connections = {.packet = dt::packet::line}})},
      .serve = dt::connection<shouter>("hello\n"),
      .max_connections = 1'000,
      .idle_timeout = 5min,
  };
}

// A child among others.
dt::supervisor_spec tree() { return {.children = {dt::child("shouters", shouters())}}; }

dt::task<std::string> line_from(dt::stream::socket socket) {
  auto line = co_await socket.recv(0, 5s);
  co_return line ? std::string{line->view()} : dt::to_string(line.error()) + "\n";
}

dt::task<> talk_to_echo() {
  auto listener = co_await dt::start_link(dt::listener_spec{
      .listen_on = {dt::endpoint::tcp({.address = "127.0.0.1"})},
      .serve = dt::connection(echo),
  });
  auto addresses = co_await listener.addresses();
  auto socket = co_await dt::tcp::connect(addresses.front());
  co_await socket->send("echo\n");
  fmt::print("{}", co_await line_from(*socket));
  co_await listener.stop();
}

dt::process<> first() {
  co_await talk_to_echo();

  fmt::print("{}", dt::sketch(tree()));
  auto top = co_await dt::start_link(tree());
  auto children = co_await top.which_children();
  dt::listener_ref listener{children.front().pid};

  auto addresses = co_await listener.addresses();
  auto over_tcp = co_await dt::tcp::connect(addresses[0], {.packet = dt::packet::line});
  auto over_local = co_await dt::transport::local().connect(addresses[1], {.packet = dt::packet::line});
  fmt::print("tcp: {}", co_await line_from(*over_tcp));
  fmt::print("local: {}", co_await line_from(*over_local));
  co_await over_tcp->send("how loud?\n");
  fmt::print("tcp: {}", co_await line_from(*over_tcp));
  co_await over_tcp->send("bye\n");
  fmt::print("tcp: {}", co_await line_from(*over_tcp));

  // No new ones; those that are there have ten seconds.
  std::size_t killed = co_await listener.drain(10s);
  fmt::print("local: {}", co_await line_from(*over_local));
  dt::listener_info info = co_await listener.info();
  fmt::print("{}, {} accepted, {} left, {} killed\n", dt::to_string(info.state), info.accepted, info.connections,
             killed);
  co_await top.stop();
}

int main() { return dt::run(first); }
