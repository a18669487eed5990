// SPDX-License-Identifier: Apache-2.0
// A storm of streams: processes that connect, accept, adopt, send, send files, receive, change and ask for options,
// give away, close, and are killed in the middle of any of it. For the tests that run it: over each driver and
// transport, and in simulation.
#pragma once

#include "sockets_storm_test.hpp"

#include <mutex>
#include <optional>
#include <stdexcept>
#include <vector>

namespace dialtone::storms::of_streams {

inline std::optional<transport> carrier;
inline std::atomic<int> births_left;
inline std::atomic<int> echoes;
inline std::atomic<int> steps;

/// Sockets are the kernel's: there are files to send, and pairs to adopt.
inline bool of_the_kernel = true;
/// Who may listen there; empty: the one machine that there is.
inline std::vector<ip_address> hosts;

/// Where somebody listens, or has listened.
class known_addresses {
 public:
  void clear() {
    const std::scoped_lock lock{mutex_};
    all_ = {};
  }
  void set(std::size_t place, const socket_address& address) {
    const std::scoped_lock lock{mutex_};
    all_[place % all_.size()] = address;
  }
  std::optional<socket_address> any() {
    const std::scoped_lock lock{mutex_};
    std::optional<socket_address> one = any_of_table(all_);
    if (one && !hosts.empty()) one = socket_address{any_of_table(hosts), one->port()};
    return one;
  }

 private:
  std::mutex mutex_;
  std::array<std::optional<socket_address>, 4> all_;
};
inline known_addresses addresses;

inline process<> live(tcp::socket socket);

inline pid start_one(tcp::socket socket) {
  --births_left;
  const pid born = spawn({.scheduler = one_in(2) ? placement::spread() : placement::local()}, live, socket);
  any_of_table(known_processes()) = born.value();
  return born;
}

inline packet some_packet() {
  constexpr packet all[] = {packet::raw, packet::line, packet::length_1, packet::length_2, packet::length_4};
  return all[below(5)];
}
inline task<bytes> some_bytes() { co_return bytes{std::string(static_cast<std::size_t>(1 << below(18)), '\n')}; }
inline task<> receive_soon(tcp::socket socket) {
  const std::size_t length = one_in(3) ? 1 : 0;
  auto data = co_await socket.recv(length, soon());
  if (data && one_in(4)) static_cast<void>(socket.unrecv(*data));
}
inline task<> send_some(tcp::socket socket) { static_cast<void>(co_await socket.send(co_await some_bytes())); }
// A part of this very program.
inline task<> send_a_file(tcp::socket socket) {
  if (!of_the_kernel) co_return;
  static_cast<void>(co_await socket.sendfile({.path = "/proc/self/exe",
                                              .offset = static_cast<std::uint64_t>(below(1000)),
                                              .length = std::uint64_t{1} << below(20),
                                              .chunk = std::size_t{1} << below(18)}));
}
inline void ask(tcp::socket socket) {
  static_cast<void>(socket.getopts());
  static_cast<void>(socket.getstat());
  static_cast<void>(socket.local_address());
  static_cast<void>(socket.peer_address());
  static_cast<void>(socket.raw_option(SOL_SOCKET, SO_TYPE, sizeof(int)));
}
inline task<> wait_for_messages() {
  static_cast<void>(co_await receive<tcp::data, tcp::closed, tcp::error, tcp::passive>(after(soon())));
}

/// Both are open until the caller, or who gets one, ends.
inline void adopt_a_pair() {
  if (!of_the_kernel) return;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  for (const int each : ends) {
    auto adopted = stream::adopt(each, {.active = some_mode(), .packet = some_packet()});
    if (!adopted)
      ::close(each);
    else if (any_of_table(known_sockets) = adopted->name().value(); one_in(2))
      static_cast<void>(adopted->controlling_process(births_left > 0 ? start_one(*adopted) : somebody()));
  }
}

inline task<> step(tcp::socket socket) {
  ++steps;
  switch (below(18)) {
    case 0:
    case 1:
      co_await receive_soon(socket);
      break;
    case 2:
      co_await with_deadline(soon(), send_some(socket));
      break;
    case 3:
      co_await race(receive_soon(socket), send_some(socket), wait_for_messages());
      break;
    case 4:
      co_await all(receive_soon(socket), send_some(socket), receive_soon(socket));
      break;
    case 5:
      static_cast<void>(socket.setopts({.active = some_mode()}));
      co_await wait_for_messages();
      break;
    case 6:
      static_cast<void>(socket.setopts({.packet = some_packet(), .exit_on_close = one_in(2), .send_timeout = 5ms}));
      break;
    case 7:
      static_cast<void>(socket.controlling_process(births_left > 0 ? start_one(socket) : somebody()));
      break;
    case 8:
      if (one_in(3)) static_cast<void>(socket.shutdown());
      break;
    case 9:
      if (one_in(4)) socket.close();
      break;
    case 10:
      kill_somebody();
      break;
    case 11: {
      const tcp::socket other{something()};
      if (one_in(8)) other.close();
      if (one_in(8)) static_cast<void>(other.shutdown());
      co_await with_deadline(soon(), send_some(other));
      break;
    }
    case 12:
      co_await watch_something();
      break;
    case 13:
      if (one_in(16)) static_cast<void>(co_await net::info());
      break;
    case 14:
      if (one_in(16)) throw std::runtime_error{"storm"};
      co_await sleep_for(soon());
      break;
    case 15:
      ask(one_in(2) ? socket : tcp::socket{something()});
      break;
    case 16:
      co_await with_deadline(soon(), send_a_file(socket));
      break;
    case 17:
      if (one_in(8)) adopt_a_pair();
      break;
  }
}

inline process<> live(tcp::socket socket) {
  const int count = below(40);
  for (int i = 0; i < count; ++i) co_await step(socket);
}

// --- those who bring sockets into the world ---

// Closes there, or when that one ends.
inline void give_away(tcp::listener listener) { static_cast<void>(listener.controlling_process(somebody())); }

inline process<> accept_some(std::size_t place) {
  auto listener = co_await carrier->listen();
  addresses.set(place, listener->local_address());
  any_of_table(known_processes()) = self().value();
  for (int i = below(30); i >= 0; --i) {
    auto socket = co_await listener->accept(soon());
    if (!socket) continue;
    any_of_table(known_sockets) = socket->name().value();
    static_cast<void>(socket->controlling_process(start_one(*socket)));
  }
  if (one_in(3)) give_away(*listener);
  if (one_in(2)) listener->close();
}

inline process<> connect_some() {
  any_of_table(known_processes()) = self().value();
  for (int i = 0; i < 5; ++i) {
    const auto there = addresses.any();
    if (!there) continue;
    const packet type = some_packet();
    auto socket = co_await carrier->connect(*there, {.packet = type}, one_in(4) ? soon() : 1s);
    if (!socket) continue;
    any_of_table(known_sockets) = socket->name().value();
    if (one_in(2)) static_cast<void>(socket->controlling_process(start_one(*socket)));
    if (co_await socket->send("x")) ++echoes;
  }
}

/// Until `births` processes are born, or for so many milliseconds.
inline task<> rage(int births, int waves) {
  addresses.clear();
  births_left = births;
  for (int wave = 0; births_left > 0 && wave < waves; ++wave) {
    spawn({.scheduler = placement::spread()}, accept_some, static_cast<std::size_t>(wave));
    for (int i = 0; i < 4; ++i) spawn({.scheduler = placement::spread()}, connect_some);
    co_await sleep_for(1ms);
  }
}

}  // namespace dialtone::storms::of_streams
