// SPDX-License-Identifier: Apache-2.0
// A runtime as an object within a program that has a life of its own: started, called and stopped by an ordinary
// thread.
#include <map>
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

struct put {
  std::string key;
  int value;
};
struct get {
  std::string key;
  dt::reply_to<std::optional<int>> reply;
};

dt::process<> store() {
  std::map<std::string, int> entries;
  for (;;) {
    auto request = co_await dt::receive<put, get>();
    if (auto* write = std::get_if<put>(&request)) {
      entries[write->key] = write->value;
    } else {
      auto& read = std::get<get>(request);
      auto found = entries.find(read.key);
      dt::reply(read.reply, found == entries.end() ? std::nullopt : std::optional{found->second});
    }
  }
}

dt::task<int> look_up(dt::pid server, std::string key) {
  dt::pending_reply<std::optional<int>> answer{server};
  dt::send(server, get{key, answer.address()});
  auto found = co_await answer.within(5s);
  if (!found) throw dt::exit_exception{found.error()};
  co_return found->value();  // throws std::bad_optional_access
}

int main() {
  dt::runtime rt{{.schedulers = 1}};
  dt::pid server = rt.spawn({.name = "store"}, store);
  rt.send(server, put{"lines", 24});
  fmt::print("lines: {}\n", rt.call(look_up, server, "lines"));  // waits for the result of the task
  fmt::print("store is {}\n", rt.whereis("store") == server ? "the server" : "somebody else");
  try {
    rt.call(look_up, server, "calls");
  } catch (const dt::exit_exception& failure) {
    fmt::print("calls: {}\n", failure.reason().type());
  }
  rt.stop();  // in order: roots are asked to end, then all that is left is killed
  return 0;
}
