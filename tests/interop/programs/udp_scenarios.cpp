// SPDX-License-Identifier: Apache-2.0
// Scenarios of UDP, a line for each thing that happens, in the words of peers/udp_peer.erl; and a server for
// tests/interop/udp_test.py: udp_scenarios [ADDRESS...]. With addresses it serves each of them: it prints where,
// answers to every datagram with its size, TTL, TOS and bytes, and ends after one that says "stop".
#include <cctype>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <dialtone/dialtone.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

// gen_udp's atom for it.
std::string atom(const net_error& error) {
  if (error == net_error::message_too_long) return "emsgsize";
  if (error == net_error::bad_option) return "einval";
  std::string name{error.code_name()};
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::print("{}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
}

void tell(const std::expected<void, net_error>& result) {
  if (result)
    say("ok");
  else
    say("error {}", atom(result.error()));
}

task<udp::socket> open(datagram_options options = {}) {
  co_return (co_await udp::open({.address = "127.0.0.1"}, options)).value();
}

socket_address here(udp::socket socket) { return socket.local_address().value(); }

task<socket_address> nobody() {
  auto socket = co_await open();
  const socket_address there = here(socket);
  socket.close();
  co_return there;
}

task<void> send_self(udp::socket socket, std::string text) {
  static_cast<void>((co_await socket.send(here(socket), text)).value());
}

task<void> numbers(udp::socket socket, int count) {
  for (int i = 0; i < count; ++i) co_await send_self(socket, std::to_string(i));
}

task<void> recv(udp::socket socket, duration limit = 10s) {
  auto got = co_await socket.recv(limit);
  if (got)
    say("recv {}", got->bytes.view());
  else
    say("error {}", atom(got.error()));
}

task<void> recv_nothing(udp::socket socket) { co_await recv(socket, 20ms); }

task<void> recv_beside(udp::socket socket) {
  auto got = (co_await socket.recv(10s)).value();
  say("recv {} tos {} ttl {}", got.bytes.view(), got.ancillary.tos.value(), got.ancillary.ttl.value());
}

task<void> send(udp::socket socket, std::string text) { tell(co_await socket.send(text)); }

task<void> message(duration limit) {
  auto got = co_await receive<udp::data, udp::passive, udp::error>(after(limit));
  if (!got) co_return say("no more");
  if (auto* data = std::get_if<udp::data>(&*got)) say("data {}", data->bytes.view());
  if (std::holds_alternative<udp::passive>(*got)) say("passive");
  if (auto* error = std::get_if<udp::error>(&*got)) say("udp_error {}", atom(error->why));
}

// So many, and that there are no more.
task<void> messages(int count) {
  while (count-- > 0) co_await message(10s);
  co_await message(20ms);
}

void set(udp::socket socket, active mode) { tell(socket.setopts({.active = mode})); }

void told_active(udp::socket socket) {
  const active mode = socket.getopts()->active.value();
  if (mode.is_count())
    say("active {}", mode.messages());
  else
    say("active {}", mode.is_passive() ? "false" : mode.is_once() ? "once" : "true");
}

void told(udp::socket socket) {
  const datagram_options all = socket.getopts().value();
  say("ttl {}\ntos {}\nbroadcast {}\nmulticast_ttl {}\nmulticast_loop {}", *all.ttl, *all.tos, *all.broadcast,
      *all.multicast_ttl, *all.multicast_loop);
}

task<void> an_empty_datagram() {
  auto s = co_await open();
  co_await send_self(s, "");
  co_await send_self(s, "after it");
  co_await recv(s);
  co_await recv(s);
}

task<void> too_long() {
  auto s = co_await open();
  tell(co_await s.send(here(s), std::string(65'508, 'x')));
}

task<void> cut_at_the_buffer() {
  auto s = co_await open({.buffer = 10});
  co_await send_self(s, std::string(20, 'x'));
  co_await send_self(s, "next");
  co_await recv(s);
  co_await recv(s);
}

task<void> once() {
  auto s = co_await open({.active = active::once});
  co_await numbers(s, 3);
  co_await messages(1);
  told_active(s);
  co_await recv(s);
  set(s, active::once);
  co_await messages(1);
}

task<void> a_count() {
  auto s = co_await open({.active = active::count(2)});
  set(s, active::count(1));
  told_active(s);
  co_await numbers(s, 4);
  co_await messages(4);
  told_active(s);
  co_await recv(s);
}

task<void> a_count_that_becomes_zero() {
  auto s = co_await open({.active = active::count(5)});
  set(s, active::count(-5));
  co_await messages(1);
  told_active(s);
  set(s, active::count(-1));
  co_await messages(1);
  set(s, active::count(0));
  co_await messages(1);
}

task<void> a_count_out_of_range() {
  auto s = co_await open({.active = active::count(32'767)});
  set(s, active::count(1));
  told_active(s);
}

task<void> a_count_that_is_thrown_away() {
  auto s = co_await open({.active = active::count(5)});
  set(s, active::once);
  set(s, active::count(1));
  told_active(s);
  set(s, active::always);
  set(s, active::count(2));
  told_active(s);
  set(s, active::passive);
  told_active(s);
}

task<void> always() {
  auto s = co_await open({.active = active::always});
  co_await numbers(s, 3);
  co_await messages(3);
  told_active(s);
  co_await recv(s);
}

task<void> nobody_passive() {
  auto s = co_await open();
  static_cast<void>(s.connect(co_await nobody()));
  co_await send(s, "x");
  co_await recv(s);
  co_await recv_nothing(s);
  co_await send(s, "x");
  co_await recv(s);
}

task<void> nobody_active() {
  auto s = co_await open({.active = active::count(1)});
  static_cast<void>(s.connect(co_await nobody()));
  for (int round = 0; round < 3; ++round) {
    co_await send(s, "x");
    co_await messages(1);
  }
  told_active(s);
}

task<void> nobody_two_sends() {
  auto s = co_await open();
  static_cast<void>(s.connect(co_await nobody()));
  for (const char* text : {"x", "y", "z"}) co_await send(s, text);
  co_await recv(s);
}

task<void> a_peer() {
  auto s = co_await open();
  auto t = co_await open();
  auto u = co_await open();
  tell(s.connect(here(t)));
  co_await send(s, "x");
  co_await recv(t);
  static_cast<void>(co_await u.send(here(s), "unheard"));
  static_cast<void>(co_await t.send(here(s), "heard"));
  co_await recv(s);
  co_await recv_nothing(s);
}

task<void> no_time() {
  auto s = co_await open();
  co_await recv_nothing(s);
  co_await send_self(s, "late");
  co_await recv(s);
}

task<void> a_closed_socket() {
  auto s = co_await open();
  const socket_address there = here(s);
  s.close();
  tell(co_await s.send(there, "x"));
  co_await recv(s);
}

task<void> told_beside_the_bytes() {
  auto s = co_await open({.recv_tos = true, .recv_ttl = true});
  co_await send_self(s, "plain");
  co_await recv_beside(s);
  tell(co_await s.send(here(s), "marked", {.tos = 40, .ttl = 7}));
  co_await recv_beside(s);
}

task<void> options() {
  auto s = co_await open();
  told(s);
  static_cast<void>(s.setopts({.broadcast = true, .tos = 32, .ttl = 9, .multicast_ttl = 4, .multicast_loop = false}));
  told(s);
}

task<void> a_broadcast() {
  auto s = co_await open();
  tell(co_await s.send({ip_address::v4(127, 255, 255, 255), here(s).port()}, "x"));
}

void told_route(udp::socket socket) {
  const datagram_options all = socket.getopts().value();
  say("priority {}\ndontroute {}", *all.priority, *all.dont_route);
}

task<void> priority_and_neighbours_only() {
  auto s = co_await open();
  told_route(s);
  tell(s.setopts({.priority = 3, .dont_route = true}));
  told_route(s);
  co_await send_self(s, "to a neighbour");
  co_await recv(s);
}

constexpr int level = 1;       // SOL_SOCKET
constexpr int timestamp = 29;  // SO_TIMESTAMP

void raw(udp::socket socket) {
  int value = 0;
  const bytes told = socket.raw_option(level, timestamp, sizeof value).value();
  std::memcpy(&value, told.view().data(), sizeof value);
  say("raw {}", value);
}

task<void> a_raw_option() {
  auto s = co_await open();
  raw(s);
  const int yes = 1;
  tell(s.setopts({.raw = {{level, timestamp, std::string{reinterpret_cast<const char*>(&yes), sizeof yes}}}}));
  raw(s);
}

void opened(const std::expected<udp::socket, net_error>& result) {
  if (result)
    say("ok");
  else
    say("error {}", atom(result.error()));
}

task<void> an_address_in_use() {
  auto s = co_await open();
  opened(co_await udp::open({.address = "127.0.0.1", .port = here(s).port()}));
}

task<void> an_address_for_all() {
  auto s = (co_await udp::open({.address = "127.0.0.1", .reuse_address = true})).value();
  say("reuseaddr {}", s.where()->reuse_address);
  opened(co_await udp::open({.address = "127.0.0.1", .port = here(s).port(), .reuse_address = true}));
}

task<void> a_device() {
  auto s = (co_await udp::open({.address = "127.0.0.1", .device = "lo"})).value();
  say("device {}", s.where()->device);
}

task<void> down_of(reference watch) {
  const auto told =
      co_await receive<net::socket_down>([watch](const net::socket_down& it) { return it.reference == watch; });
  say("down {}", to_string(told.reason));
}

task<void> a_monitor() {
  auto s = co_await open();
  const reference first = s.monitor();
  s.close();
  co_await down_of(first);
  co_await down_of(s.monitor());
}

struct go {};
struct done {};
process<> own_it(pid parent) {
  co_await receive<go>();
  co_await messages(2);
  send(parent, done{});
}

task<void> a_new_owner() {
  auto s = co_await open({.active = active::count(2)});
  co_await send_self(s, "before");
  const pid owner = spawn(own_it, self());
  tell(s.controlling_process(owner));
  co_await send_self(s, "after");
  tell(s.controlling_process(owner));
  send(owner, go{});
  co_await receive<done>();
}

struct scenario {
  const char* name;
  task<void> (*run)();
};

constexpr scenario scenarios[] = {{"an empty datagram", an_empty_datagram},
                                  {"too long", too_long},
                                  {"cut at the buffer", cut_at_the_buffer},
                                  {"once", once},
                                  {"a count", a_count},
                                  {"a count that becomes zero", a_count_that_becomes_zero},
                                  {"a count out of range", a_count_out_of_range},
                                  {"a count that is thrown away", a_count_that_is_thrown_away},
                                  {"always", always},
                                  {"nobody at the peer, passive", nobody_passive},
                                  {"nobody at the peer, active", nobody_active},
                                  {"nobody at the peer, two sends", nobody_two_sends},
                                  {"a peer", a_peer},
                                  {"no time", no_time},
                                  {"a closed socket", a_closed_socket},
                                  {"what is told beside the bytes", told_beside_the_bytes},
                                  {"options", options},
                                  {"a broadcast", a_broadcast},
                                  {"priority and neighbours only", priority_and_neighbours_only},
                                  {"a raw option", a_raw_option},
                                  {"an address in use", an_address_in_use},
                                  {"an address for all who say so", an_address_for_all},
                                  {"a device", a_device},
                                  {"a monitor", a_monitor},
                                  {"a new owner", a_new_owner}};

process<> run_all() {
  for (const scenario& each : scenarios) {
    say("{}:", each.name);
    co_await each.run();
  }
}

process<> serve(std::string address) {
  const bool is_ip = !address.starts_with("unix:");
  datagram_options options{.active = active::count(4)};
  if (is_ip) options.recv_tos = options.recv_ttl = options.gro = true;
  auto socket = (co_await udp::open({.address = address}, options)).value();
  say("{} {}", address, socket.local_address()->port());
  std::fflush(stdout);
  for (;;) {
    auto got = co_await receive<udp::data, udp::passive>();
    if (std::holds_alternative<udp::passive>(got)) {
      static_cast<void>(socket.setopts({.active = active::count(4)}));
      continue;
    }
    auto& data = std::get<udp::data>(got);
    const int ttl = data.ancillary.ttl.value_or(0);
    const int tos = data.ancillary.tos.value_or(0);
    const std::string head = fmt::format("{} {} {} ", data.bytes.size(), ttl, tos);
    static_cast<void>(
        (co_await socket.send(data.source,
                              concat({head, data.bytes.first(std::min<std::size_t>(data.bytes.size(), 60'000))}),
                              {.ttl = is_ip ? std::optional<std::uint8_t>{33} : std::nullopt}))
            .value());
    if (data.bytes == "stop") co_return;
  }
}

process<> serve_all(std::vector<std::string> addresses) {
  for (const std::string& address : addresses) spawn_link(serve, address);
  const std::size_t count = addresses.size();
  trap_exit(true);
  for (std::size_t i = 0; i < count; ++i) co_await receive<exited>();
}

}  // namespace
}  // namespace dialtone

int main(int count, char** words) {
  if (count == 1) return dialtone::run(dialtone::run_all);
  return dialtone::run(dialtone::serve_all, std::vector<std::string>(words + 1, words + count));
}
