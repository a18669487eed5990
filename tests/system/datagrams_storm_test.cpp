// SPDX-License-Identifier: Apache-2.0
// A storm of datagram sockets, of UDP and of Unix: processes that open, adopt, connect, send through their own and
// through others' sockets, receive, change and ask for options, join groups, give away, close, and are killed in the
// middle of any of it, on one and three schedulers, over each driver. What has to hold: nobody hangs; what arrives is
// what somebody has sent; when all are dead no descriptor is open but those of the runtime, and after its end not one.
#include "sockets_storm_test.hpp"

#include <optional>
#include <stdexcept>

namespace dialtone {
namespace {

using namespace storms;

bool is_udp;  // set between two storms
std::array<std::atomic<std::uint16_t>, 16> known_ports;
std::atomic<int> births_left;
std::atomic<int> steps;
std::atomic<int> arrivals;
std::atomic<int> wrong;

process<> live(udp::socket socket);

pid start_one(udp::socket socket) {
  --births_left;
  const pid born = spawn({.scheduler = one_in(2) ? placement::spread() : placement::local()}, live, socket);
  any_of_table(known_processes()) = born.value();
  return born;
}

udp::socket some_socket() { return udp::socket{something()}; }

// Unix sockets have abstract names with a number in place of the port.
std::string unix_name(int number) { return fmt::format("unix:@dialtone storm {} {}", ::getpid(), number); }
socket_address somewhere() {
  if (is_udp) return {ip_address::v4(127, 0, 0, 1), any_of_table(known_ports)};
  return socket_address::parse(unix_name(below(16))).value();
}

// --- what is sent: its length says what it is ---

bytes some_bytes() {
  const auto size = static_cast<std::size_t>(1 << below(16));
  return bytes{std::string(size, static_cast<char>('a' + size % 23))};
}
void look_at(const bytes& got, bool cut) {
  ++arrivals;
  const char expected = static_cast<char>('a' + got.size() % 23);
  const bool is_segment = got.size() == 700;
  if (!got.empty() && !cut && !is_segment && got.view().find_first_not_of(expected) != std::string_view::npos) ++wrong;
}

task<> receive_soon(udp::socket socket) {
  if (auto got = co_await socket.recv(soon())) look_at(got->bytes, got->truncated);
}
task<> send_to(udp::socket through, socket_address there) {
  static_cast<void>(co_await through.send(there, some_bytes()));
}
task<> send_some(udp::socket through) {
  if (one_in(8))
    static_cast<void>(co_await through.send(somewhere(), std::string(700UZ * 10, 's'), {.segment_size = 700}));
  else if (one_in(3))
    static_cast<void>(co_await through.send(some_bytes()));
  else
    co_await send_to(through, somewhere());
}
task<> send_for_a_while(udp::socket through) { co_await with_deadline(soon(), send_some(through)); }
task<> wait_for_messages() {
  const auto got = co_await receive<udp::data, udp::error, udp::passive>(after(soon()));
  if (!got) co_return;
  if (const auto* data = std::get_if<udp::data>(&*got)) look_at(data->bytes, data->truncated);
}

// --- options ---

void change(udp::socket socket) {
  static_cast<void>(socket.setopts({.active = some_mode(),
                                    .buffer = one_in(4) ? 100UZ : datagram_options::buffer_limit,
                                    .read_packets = static_cast<std::size_t>(1 + below(4))}));
  // What the kernel has joined would come whole if gro were taken back.
  if (is_udp) static_cast<void>(socket.setopts({.recv_ttl = one_in(2)}));
  if (is_udp && one_in(2)) static_cast<void>(socket.setopts({.gro = true}));
}
void ask(udp::socket socket) {
  static_cast<void>(socket.getopts());
  static_cast<void>(socket.where());
  static_cast<void>(socket.getstat());
  static_cast<void>(socket.peer_address());
  static_cast<void>(socket.raw_option(SOL_SOCKET, SO_TYPE, sizeof(int)));
}
void join_or_leave(udp::socket socket) {
  const ip_address group = ip_address::v4(239, 7, 7, static_cast<std::uint8_t>(below(4)));
  static_cast<void>(one_in(2) ? socket.add_membership(group, 1) : socket.drop_membership(group, 1));
}

/// Both are open until the caller, or who gets one, ends.
void adopt_a_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  for (const int each : ends) {
    auto adopted = udp::adopt(each, {.active = some_mode()});
    if (!adopted)
      ::close(each);
    else if (any_of_table(known_sockets) = adopted->name().value(); one_in(2))
      static_cast<void>(adopted->controlling_process(births_left > 0 ? start_one(*adopted) : somebody()));
  }
}

// --- lives ---

task<> step(udp::socket socket) {
  ++steps;
  switch (below(16)) {
    case 0:
    case 1:
      co_await receive_soon(socket);
      break;
    case 2:
    case 3:
      co_await with_deadline(soon(), send_some(socket));
      break;
    case 4:
      co_await race(receive_soon(socket), send_some(socket), wait_for_messages());
      break;
    case 5:
      co_await all(receive_soon(socket), send_for_a_while(socket), receive_soon(socket));
      break;
    case 6:
      change(socket);
      co_await wait_for_messages();
      break;
    case 7:
      static_cast<void>(socket.controlling_process(births_left > 0 ? start_one(socket) : somebody()));
      break;
    case 8:
      if (one_in(4)) static_cast<void>(socket.connect(somewhere()));
      break;
    case 9:
      if (one_in(6)) (one_in(2) ? socket : some_socket()).close();
      break;
    case 10:
      kill_somebody();
      break;
    case 11:
      co_await with_deadline(soon(), send_some(some_socket()));
      break;
    case 12:
      co_await watch_something();
      break;
    case 13:
      ask(one_in(2) ? socket : some_socket());
      if (one_in(16)) static_cast<void>(co_await net::info());
      break;
    case 14:
      if (one_in(16)) throw std::runtime_error{"storm"};
      if (is_udp) join_or_leave(socket);
      co_await sleep_for(soon());
      break;
    case 15:
      if (one_in(8)) adopt_a_pair();
      break;
  }
}

process<> live(udp::socket socket) {
  const int count = below(40);
  for (int i = 0; i < count; ++i) co_await step(socket);
}

process<> open_some() {
  any_of_table(known_processes()) = self().value();
  for (int i = 0; i < 3; ++i) {
    const int number = below(16);
    auto socket = co_await udp::open({.address = is_udp ? "127.0.0.1" : unix_name(number)}, {.active = some_mode()});
    if (!socket) continue;  // of Unix, the name is taken
    if (is_udp) known_ports[static_cast<std::size_t>(number)] = socket->local_address()->port();
    any_of_table(known_sockets) = socket->name().value();
    if (one_in(2)) static_cast<void>(socket->controlling_process(start_one(*socket)));
    co_await step(*socket);
  }
}

process<> storm(int descriptors) {
  births_left = 1000;
  for (auto& each : known_ports) each = 1;
  for (int wave = 0; births_left > 0 && wave < 2000; ++wave) {
    for (int i = 0; i < 3; ++i) spawn({.scheduler = placement::spread()}, open_some);
    co_await sleep_for(1ms);
  }
  co_await expect_quiet(descriptors);
}

using where = std::tuple<bool, io::driver_choice, std::uint32_t>;
std::string name_of(const where& place) {
  const auto& [over_udp, driver, schedulers] = place;
  return fmt::format("{}_{}_{}", over_udp ? "udp" : "unix", driver_name(driver), schedulers);
}

class datagram_storm : public ::testing::TestWithParam<where> {};
INSTANTIATE_TEST_SUITE_P(over, datagram_storm,
                         ::testing::Combine(::testing::Bool(), ::testing::ValuesIn(permitted_drivers()),
                                            ::testing::Values(1u, 3u)),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(datagram_storm, leaves_no_descriptor_behind_and_loses_no_bytes_of_what_arrives) {
  is_udp = std::get<0>(GetParam());
  steps = arrivals = wrong = 0;
  rounds(std::get<1>(GetParam()), std::get<2>(GetParam()), storm);
  EXPECT_GT(arrivals, 0);
  EXPECT_GT(steps, 5000);
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace dialtone
