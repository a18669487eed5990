// SPDX-License-Identifier: Apache-2.0
// The two sides of a crowd of connections, each a program of its own, for they need more descriptors than one may have.
//
//   serve PORT            an echo server, the connections spread over two schedulers. Prints "listening PORT"; "busy"
//                         when it has echoed 1,000 messages; "gone COUNT" when of so many connections none is left
//   crowd PORT COUNT      COUNT connections at once. Each echoes and prints "up" when all have; at a line on standard
//                         input each echoes again and all close: "served"
//   load PORT             connections that never rest, and come back when they are cut, until standard input ends
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;
using namespace std::chrono_literals;

namespace {

void say(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

// False at the end of the input.
bool wait_for_line() {
  std::array<char, 100> line;
  return std::fgets(line.data(), line.size(), stdin) != nullptr;
}

// --- serve ---

struct connected {
  dt::pid owner;
};

dt::process<> keep_count() {
  std::size_t present = 0;
  std::size_t total = 0;
  for (;;) {
    auto next = co_await dt::receive<connected, dt::down>();
    if (auto* one = std::get_if<connected>(&next)) {
      static_cast<void>(dt::monitor(one->owner));
      ++present;
      ++total;
    } else if (--present == 0) {
      say("gone " + std::to_string(total));
    }
  }
}

std::atomic<int> echoed;

dt::process<> echo(dt::tcp::socket socket) {
  while (auto data = co_await socket.recv()) {
    if (!co_await socket.send(*data)) break;
    if (++echoed == 1000) say("busy");
  }
}

dt::process<> serve(std::uint16_t port) {
  auto listener = co_await dt::tcp::listen({.address = "127.0.0.1", .port = port, .backlog = 4096});
  if (!listener) throw std::runtime_error{to_string(listener.error())};
  const dt::pid counter = dt::spawn_link(keep_count);
  say("listening " + std::to_string(listener->local_address().port()));
  while (auto socket = co_await listener->accept()) {
    const dt::pid owner = dt::spawn({.scheduler = dt::placement::spread()}, echo, *socket);
    dt::send(counter, connected{owner});
    socket->controlling_process(owner);
  }
}

// --- crowd ---

struct up {};
struct again {};

dt::task<> echo_once(dt::tcp::socket socket) {
  co_await socket.send("hello");
  auto answer = co_await socket.recv(5, 60s);
  if (!answer) throw std::runtime_error{to_string(answer.error())};
}

dt::process<> one_of_the_crowd(std::uint16_t port, dt::pid crowd) {
  auto socket = co_await dt::tcp::connect("127.0.0.1", port, {}, 60s);
  if (!socket) throw std::runtime_error{to_string(socket.error())};
  co_await echo_once(*socket);
  dt::send(crowd, up{});
  co_await dt::receive<again>();
  co_await echo_once(*socket);
}

dt::process<> crowd(std::uint16_t port, int size) {
  // As many on their way at once as a backlog takes.
  constexpr int at_once = 1000;
  std::vector<dt::pid> members;
  for (int came = 0; came < size; ++came) {
    while (std::ssize(members) < std::min(size, came + at_once))
      members.push_back(dt::spawn_link(one_of_the_crowd, port, dt::self()));
    co_await dt::receive<up>();
  }
  say("up");
  co_await dt::blocking(wait_for_line);
  for (const dt::pid member : members) {
    static_cast<void>(dt::monitor(member));
    dt::send(member, again{});
  }
  for (int i = 0; i < size; ++i) co_await dt::receive<dt::down>();
  say("served");
}

// --- load ---

dt::process<> never_rest(std::uint16_t port) {
  for (;;) {
    auto socket = co_await dt::tcp::connect("127.0.0.1", port, {}, 1s);
    while (socket && co_await socket->send("hello") && co_await socket->recv(5, 1s)) continue;
    if (socket) socket->close();
    co_await dt::sleep_for(1ms);
  }
}

dt::process<> load(std::uint16_t port) {
  for (int i = 0; i < 30; ++i) dt::spawn_link(never_rest, port);
  while (co_await dt::blocking(wait_for_line)) continue;
  dt::exit(dt::exit_reason::shutdown);
  co_return;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const std::string_view what{arguments[1]};
  const auto port = static_cast<std::uint16_t>(std::atoi(arguments[2]));
  const dt::runtime_options options{.schedulers = 2, .level = dt::log_level::warning};
  if (what == "serve") return dt::run(options, serve, port);
  if (what == "load") return dt::run(options, load, port);
  return dt::run(options, crowd, port, std::atoi(arguments[3]));
}
