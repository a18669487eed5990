// SPDX-License-Identifier: Apache-2.0
// A storm of sockets: processes that connect, accept, adopt, send, send files, receive, change and ask for options,
// give away, close, and are killed in the middle of any of it, on one and three schedulers, over each driver and
// transport. What has to hold: nobody hangs; when all are dead no descriptor is open but those of the runtime, and
// after its end not one.
#include "sockets_storm_test.hpp"

#include <mutex>
#include <optional>
#include <stdexcept>

namespace dialtone {
namespace {

using namespace storms;

std::optional<transport> carrier;
std::atomic<int> births_left;
std::atomic<int> echoes;
std::atomic<int> steps;

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
    return any_of_table(all_);
  }

 private:
  std::mutex mutex_;
  std::array<std::optional<socket_address>, 4> all_;
} addresses;

process<> live(tcp::socket socket);

pid start_one(tcp::socket socket) {
  --births_left;
  const pid born = spawn({.scheduler = one_in(2) ? placement::spread() : placement::local()}, live, socket);
  any_of_table(known_processes) = born.value();
  return born;
}

packet some_packet() {
  constexpr packet all[] = {packet::raw, packet::line, packet::length_1, packet::length_2, packet::length_4};
  return all[below(5)];
}
task<bytes> some_bytes() { co_return bytes{std::string(static_cast<std::size_t>(1 << below(18)), '\n')}; }
task<> receive_soon(tcp::socket socket) {
  auto data = co_await socket.recv(one_in(3) ? 1 : 0, soon());
  if (data && one_in(4)) static_cast<void>(socket.unrecv(*data));
}
task<> send_some(tcp::socket socket) { static_cast<void>(co_await socket.send(co_await some_bytes())); }
// A part of this very program.
task<> send_a_file(tcp::socket socket) {
  static_cast<void>(co_await socket.sendfile({.path = "/proc/self/exe",
                                              .offset = static_cast<std::uint64_t>(below(1000)),
                                              .length = std::uint64_t{1} << below(20),
                                              .chunk = std::size_t{1} << below(18)}));
}
void ask(tcp::socket socket) {
  static_cast<void>(socket.getopts());
  static_cast<void>(socket.getstat());
  static_cast<void>(socket.local_address());
  static_cast<void>(socket.peer_address());
  static_cast<void>(socket.raw_option(SOL_SOCKET, SO_TYPE, sizeof(int)));
}
task<> wait_for_messages() {
  static_cast<void>(co_await receive<tcp::data, tcp::closed, tcp::error, tcp::passive>(after(soon())));
}

/// Both are open until the caller, or who gets one, ends.
void adopt_a_pair() {
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

task<> step(tcp::socket socket) {
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
      exit(somebody(), one_in(2) ? exit_reason::kill : exit_reason::shutdown);
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

process<> live(tcp::socket socket) {
  const int count = below(40);
  for (int i = 0; i < count; ++i) co_await step(socket);
}

// --- those who bring sockets into the world ---

// Closes there, or when that one ends.
void give_away(tcp::listener listener) { static_cast<void>(listener.controlling_process(somebody())); }

process<> accept_some(std::size_t place) {
  auto listener = co_await carrier->listen();
  addresses.set(place, listener->local_address());
  any_of_table(known_processes) = self().value();
  for (int i = below(30); i >= 0; --i) {
    auto socket = co_await listener->accept(soon());
    if (!socket) continue;
    any_of_table(known_sockets) = socket->name().value();
    static_cast<void>(socket->controlling_process(start_one(*socket)));
  }
  if (one_in(3)) give_away(*listener);
  if (one_in(2)) listener->close();
}

process<> connect_some() {
  any_of_table(known_processes) = self().value();
  for (int i = 0; i < 5; ++i) {
    const auto there = addresses.any();
    if (!there) continue;
    auto socket = co_await carrier->connect(*there, {.packet = some_packet()}, one_in(4) ? soon() : 1s);
    if (!socket) continue;
    any_of_table(known_sockets) = socket->name().value();
    if (one_in(2)) static_cast<void>(socket->controlling_process(start_one(*socket)));
    if (co_await socket->send("x")) ++echoes;
  }
}

process<> storm(int descriptors) {
  addresses.clear();
  births_left = 1000;
  for (int wave = 0; births_left > 0 && wave < 2000; ++wave) {
    spawn({.scheduler = placement::spread()}, accept_some, static_cast<std::size_t>(wave));
    for (int i = 0; i < 4; ++i) spawn({.scheduler = placement::spread()}, connect_some);
    co_await sleep_for(1ms);
  }
  co_await expect_quiet(descriptors);
}

struct where {
  std::string over;
  io::driver_choice driver;
  std::uint32_t schedulers;
};
std::ostream& operator<<(std::ostream& out, const where& each) {
  return out << each.over << '_' << driver_name(each.driver) << '_' << each.schedulers;
}

// Memory has no descriptors, so its storms differ by the adopted sockets only.
std::vector<where> everywhere() {
  std::vector<where> all;
  for (const char* over : {"tcp", "local", "memory"})
    for (const io::driver_choice driver : permitted_drivers())
      for (const std::uint32_t schedulers : {1u, 3u}) all.emplace_back(over, driver, schedulers);
  return all;
}

transport carrier_of(const std::string& over) {
  if (over == "tcp") return transport::tcp({.address = "127.0.0.1"});
  return over == "local" ? transport::local() : transport::memory(memory::network{});
}

class socket_storm : public ::testing::TestWithParam<where> {};
INSTANTIATE_TEST_SUITE_P(over, socket_storm, ::testing::ValuesIn(everywhere()),
                         [](const auto& given) { return ::testing::PrintToString(given.param); });

TEST_P(socket_storm, leaves_no_descriptor_behind) {
  carrier = carrier_of(GetParam().over);
  echoes = steps = 0;
  rounds(GetParam().driver, GetParam().schedulers, storm);
  carrier.reset();
  EXPECT_GT(echoes, 0);
  EXPECT_GT(steps, 5000);
}

}  // namespace
}  // namespace dialtone
