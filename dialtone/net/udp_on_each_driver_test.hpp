// SPDX-License-Identifier: Apache-2.0
// What the tests of UDP share: a process over each driver that there is, and sockets of the loopback interface.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include <fmt/format.h>

#include <dialtone/net/info.hpp>
#include <dialtone/net/udp.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::udp_tests {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

inline void in_process(process<> (*function)(), std::uint32_t schedulers = 1) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = schedulers, .driver = choice, .level = log_level::off}};
    const exit_reason end = rt.run(function);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }
}

/// A socket of the caller at the loopback interface. Ends the caller when there is none.
inline task<udp::socket> open_here(datagram_options options = {}) {
  auto opened = co_await udp::open({.address = "127.0.0.1"}, options);
  if (!opened) throw std::runtime_error{to_string(opened.error())};
  co_return *opened;
}

/// What a test prints that a machine without IPv6 runs in vain.
inline void say_no_ipv6(const std::string& why) { fmt::print("not tested, for want of IPv6: {}\n", why); }

inline socket_address address_of(udp::socket socket) { return socket.local_address().value(); }

/// The bytes of a datagram that comes soon, or the error.
inline task<std::string> next_of(udp::socket socket) {
  auto got = co_await socket.recv(5s);
  co_return got ? std::string{got->bytes.view()} : to_string(got.error());
}

inline task<std::string> next_message() {
  auto got = co_await receive<udp::data>(after(5s));
  co_return got ? std::string{got->bytes.view()} : "no message";
}

/// The driver has told all that had come before: what is sent here is told no sooner.
inline task<> until_all_is_told() {
  const auto last = co_await open_here({.active = active::once});
  co_await last.send(address_of(last), "last");
  co_await receive<udp::data>([last](const udp::data& it) { return it.socket == last; });
  last.close();
}

/// That many senders wait for room.
inline task<> until_there_wait(std::uint64_t senders, udp::socket at) {
  for (std::uint64_t waiting = 0; waiting != senders; co_await yield())
    for (const net::socket_info& each : co_await net::info())
      if (each.name == at.name()) waiting = each.waiting_senders;
}

/// Sends until the peer's queue is full and one more is under way, for nobody any more. How many have gone.
inline task<int> fill(udp::socket sender) {
  constexpr auto send_one = [](udp::socket to, int number) -> task<bool> {
    co_return (co_await to.send(std::to_string(number))).has_value();
  };
  int sent = 0;
  while ((co_await race(send_one(sender, sent), until_there_wait(1, sender))).index() == 0) ++sent;
  co_return sent;
}

}  // namespace dialtone::udp_tests
