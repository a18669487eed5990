// SPDX-License-Identifier: Apache-2.0
// A client of memcached, which changes its mode as the protocol does: a value is announced by a line that says how long
// it is, and may itself hold lines.
//
//   request  = "get " key CRLF                      answer = ["VALUE " key " " flags " " length CRLF value CRLF] "END"
//   CRLF request  = "set " key " 0 0 " length CRLF value CRLF     answer = "STORED" CRLF
//
// Usage: example_memcached_get [PORT]
#include <cstdio>
#include <cstdlib>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;
using namespace std::chrono_literals;

dt::task<> set(dt::tcp::socket cache, std::string key, std::string value) {
  co_await cache.send("set " + key + " 0 0 " + std::to_string(value.size()) + "\r\n" + value + "\r\n");
  auto answer = (co_await cache.recv(0, 5s)).value();
  if (answer.view() != "STORED\r\n") throw std::runtime_error(std::string(answer.view()));
}

dt::task<std::optional<std::string>> get(dt::tcp::socket cache, std::string key) {
  co_await cache.send("get " + key + "\r\n");
  const dt::bytes head = (co_await cache.recv(0, 5s)).value();  // a line
  if (head.view() == "END\r\n") co_return std::nullopt;
  const std::string words{head.view()};
  const std::size_t length = std::strtoul(words.c_str() + words.rfind(' '), nullptr, 10);

  cache.setopts({.packet = dt::packet::raw});
  const dt::bytes value = (co_await cache.recv(length + 2, 5s)).value();  // so many bytes, whatever they are
  cache.setopts({.packet = dt::packet::line});
  static_cast<void>((co_await cache.recv(0, 5s)).value());  // END
  co_return std::string(value.view().substr(0, length));
}

dt::process<> first(std::uint16_t port) {
  auto cache = (co_await dt::tcp::connect("127.0.0.1", port, {.packet = dt::packet::line}, 5s)).value();
  co_await set(cache, "poem", "Roses are red,\r\nEND\r\nis not the end.");
  for (const std::string key : {"poem", "prose"}) {
    const auto value = co_await get(cache, key);
    std::printf("%s: %s\n", key.c_str(), value ? value->c_str() : "not there");
  }
}

int main(int count, char** arguments) {
  const int port = count > 1 ? std::atoi(arguments[1]) : 11'211;
  return dt::run(first, static_cast<std::uint16_t>(port));
}
