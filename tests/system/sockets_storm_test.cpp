// SPDX-License-Identifier: Apache-2.0
// A storm of sockets: processes that connect, accept, send, receive, change options, give away, close, and are killed
// in the middle of any of it, on one and three schedulers, over each driver. What has to hold: nobody hangs; when all
// are dead no descriptor is open but those of the runtime, and after its end not one.
//
// SOCKET_STORM_SEED: the first seed; SOCKET_STORM_ROUNDS: how many. A failure prints its own.
#include "sockets_test.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <stdexcept>

#include <dialtone/dialtone.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

// What anybody may do something to.
std::array<std::atomic<std::uint64_t>, 32> known_processes;
std::array<std::atomic<std::uint64_t>, 32> known_sockets;
std::array<std::atomic<std::uint16_t>, 4> ports;
std::atomic<int> births_left;
std::atomic<int> echoes;

int below(int limit) { return static_cast<int>(random() % static_cast<std::uint64_t>(limit)); }
bool one_in(int count) { return below(count) == 0; }
template <class Table>
auto& any_of_table(Table& table) {
  return table[static_cast<std::size_t>(below(static_cast<int>(table.size())))];
}
pid somebody() { return pid::from_value(any_of_table(known_processes)); }
tcp::socket some_socket() { return tcp::socket{reference::from_value(any_of_table(known_sockets))}; }
std::chrono::milliseconds soon() { return std::chrono::milliseconds{below(4)}; }

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
active some_mode() {
  constexpr active all[] = {active::passive, active::once, active::always, active::count(3)};
  return all[below(4)];
}

task<bytes> some_bytes() { co_return bytes{std::string(static_cast<std::size_t>(1 << below(18)), '\n')}; }
task<> receive_soon(tcp::socket socket) {
  auto data = co_await socket.recv(one_in(3) ? 1 : 0, soon());
  if (data && one_in(4)) static_cast<void>(socket.unrecv(*data));
}
task<> send_some(tcp::socket socket) { static_cast<void>(co_await socket.send(co_await some_bytes())); }
task<> wait_for_messages() {
  static_cast<void>(co_await receive<tcp::data, tcp::closed, tcp::error, tcp::passive>(after(soon())));
}

task<> step(tcp::socket socket) {
  switch (below(15)) {
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
      const tcp::socket other = some_socket();
      if (one_in(8)) other.close();
      if (one_in(8)) static_cast<void>(other.shutdown());
      co_await with_deadline(soon(), send_some(other));
      break;
    }
    case 12: {
      const reference watch = some_socket().monitor();
      static_cast<void>(co_await receive<net::socket_down>(after(soon())));
      if (one_in(2)) net::demonitor(watch);
      break;
    }
    case 13:
      if (one_in(16)) static_cast<void>(co_await net::info());
      break;
    case 14:
      if (one_in(16)) throw std::runtime_error{"storm"};
      co_await sleep_for(soon());
      break;
  }
}

process<> live(tcp::socket socket) {
  const int steps = below(40);
  for (int i = 0; i < steps; ++i) co_await step(socket);
}

// --- those who bring sockets into the world ---

// Closes there, or when that one ends.
void give_away(tcp::listener listener) { static_cast<void>(listener.controlling_process(somebody())); }

process<> accept_some(std::size_t place) {
  auto listener = co_await tcp::listen({.address = "127.0.0.1"});
  ports[place] = listener->local_address().port();
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
    const std::uint16_t port = any_of_table(ports);
    auto socket = co_await tcp::connect("127.0.0.1", port, {.packet = some_packet()}, one_in(4) ? soon() : 1s);
    if (!socket) continue;
    any_of_table(known_sockets) = socket->name().value();
    if (one_in(2)) static_cast<void>(socket->controlling_process(start_one(*socket)));
    if (co_await socket->send("x")) ++echoes;
  }
}

task<> end_all_others() {
  while (process_count() > 1) {
    for (const pid each : co_await all_processes())
      if (each != self()) exit(each, exit_reason::kill);
    co_await yield();
  }
}

// What is still to be sent goes, or is refused by a peer that is gone too.
task<int> descriptors_at_rest(int wanted) {
  const time_point last = after_delay(now(), 10s);
  while (open_descriptors() != wanted && now() < last) co_await sleep_for(1ms);
  co_return open_descriptors();
}

process<> storm(int descriptors) {
  for (int wave = 0; births_left > 0 && wave < 2000; ++wave) {
    const auto place = static_cast<std::size_t>(wave) % ports.size();
    spawn({.scheduler = placement::spread()}, accept_some, place);
    for (int i = 0; i < 4; ++i) spawn({.scheduler = placement::spread()}, connect_some);
    co_await sleep_for(1ms);
  }
  co_await end_all_others();
  EXPECT_EQ(co_await descriptors_at_rest(descriptors), descriptors);
  const auto left = co_await net::info();
  EXPECT_TRUE(left.empty()) << to_string(left);
}

int number_of(const char* variable, int otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted == nullptr ? otherwise : std::atoi(wanted);
}

using where = std::tuple<io::driver_choice, std::uint32_t>;
class socket_storm : public ::testing::TestWithParam<where> {};
INSTANTIATE_TEST_SUITE_P(over, socket_storm,
                         ::testing::Combine(::testing::ValuesIn(permitted_drivers()), ::testing::Values(1u, 3u)),
                         [](const auto& given) {
                           return driver_name(std::get<0>(given.param)) + "_" +
                                  std::to_string(std::get<1>(given.param));
                         });

process<> nothing() { co_return; }

TEST_P(socket_storm, leaves_no_descriptor_behind) {
  const int first = number_of("SOCKET_STORM_SEED", 1);
  for (int seed = first; seed < first + number_of("SOCKET_STORM_ROUNDS", 3); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    for (auto& each : known_processes) each = 0;
    for (auto& each : known_sockets) each = 0;
    for (auto& each : ports) each = 1;
    births_left = 1000;
    echoes = 0;
    const int before = open_descriptors();
    {
      const auto [driver, schedulers] = GetParam();
      runtime rt{{.schedulers = schedulers,
                  .driver = driver,
                  .seed = static_cast<std::uint64_t>(seed),
                  .level = log_level::off}};
      rt.run(nothing);
      EXPECT_EQ(rt.run(storm, open_descriptors()), exit_reason::normal);
    }
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_GT(echoes, 0);
  }
}

}  // namespace
}  // namespace dialtone
