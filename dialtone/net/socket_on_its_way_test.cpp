// SPDX-License-Identifier: Apache-2.0
// Calls for a socket that is on its way to the caller's scheduler, in an order that is drawn from a seed: what others
// have sent may wait for some turns, so the caller runs before the socket is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include <dialtone/net/memory.hpp>
#include <dialtone/net/tcp.hpp>
#include <dialtone/net/udp.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/print.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seeds = 500;

struct outcome {
  std::string text;
};
struct go {};

std::string text_of(const std::expected<bytes, net_error>& got) {
  return got ? std::string{got->view()} : std::string{got.error().code_name()};
}

template <class... Arguments>
void run_shuffled(std::uint64_t seed, process<> (*function)(Arguments...), Arguments... arguments) {
  testing::stepped_runtime rt{{.schedulers = 3, .seed = seed, .shuffle = true}};
  EXPECT_EQ(rt.run({.scheduler = placement::on(0)}, function, arguments...), exit_reason::normal) << "seed " << seed;
}

// --- a process that was spawned for it ---

process<> drain() {
  for (;;) co_await receive<go>();
}

// All that can be called at once, before anything else.
process<> use_at_once(stream::socket socket, pid observer) {
  EXPECT_TRUE(socket.setopts({.packet = packet::line}));
  EXPECT_TRUE(socket.getopts());
  EXPECT_TRUE(socket.getstat());
  EXPECT_TRUE(socket.peer_address());
  EXPECT_TRUE(socket.local_address());
  EXPECT_TRUE(socket.unrecv("put back, "));
  send(observer, outcome{text_of(co_await socket.recv())});
}

// So many signals are between the start of the process and the arrival of its socket, or before them: 64 leave their
// scheduler at once, 4,096 are taken in a turn.
process<> give_behind(int before, int between) {
  auto [near, far] = *memory::pair();
  co_await near.send("hello\n");
  const pid other = spawn({.scheduler = placement::on(1), .mailbox_limit = unlimited}, drain);
  co_await yield();
  for (int i = 0; i < before; ++i) send(other, go{});
  const pid owner = spawn({.scheduler = placement::on(1)}, use_at_once, far, self());
  for (int i = 0; i < between; ++i) send(other, go{});
  EXPECT_TRUE(far.controlling_process(owner));
  EXPECT_EQ((co_await receive<outcome>()).text, "put back, hello\n") << before << " before, " << between << " between";
}

TEST(socket_on_its_way, is_there_before_a_process_runs_that_was_spawned_in_the_same_slice) {
  for (const int before : {0, 61, 62, 63, 64, 4092, 4093, 4094, 4095, 4096})
    for (const int between : {0, 1, 63, 5000}) {
      testing::stepped_runtime rt{{.schedulers = 2}};
      EXPECT_EQ(rt.run(give_behind, before, between), exit_reason::normal);
    }
}

TEST(socket_on_its_way, is_there_before_a_process_runs_that_was_spawned_in_the_same_slice_in_any_order) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    run_shuffled(seed, give_behind, static_cast<int>(seed % 130), static_cast<int>(seed % 67));
}

process<> end_at_once(stream::socket) { co_return; }

process<> give_to_one_that_ends() {
  auto [near, far] = *memory::pair();
  co_await far.send("what was sent before");
  EXPECT_TRUE(far.controlling_process(spawn({.scheduler = placement::on(1)}, end_at_once, far)));
  EXPECT_EQ(text_of(co_await near.recv()), "what was sent before");
  EXPECT_EQ((co_await near.recv()).error(), net_error::closed);
  EXPECT_EQ((co_await far.send("x")).error(), net_error::closed);
}

TEST(socket_on_its_way, ends_with_an_owner_that_is_there_and_gone) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_shuffled(seed, give_to_one_that_ends);
}

process<> expect_lines(stream::socket socket, pid observer) {
  for (const char* line : {"one\n", "two\n", "three\n"}) {
    auto next = co_await receive<stream::data>();
    EXPECT_EQ(next.bytes, line);
    EXPECT_EQ(next.socket, socket);
  }
  send(observer, outcome{});
}

process<> give_with_messages() {
  auto [near, far] = *memory::pair({}, {.active = active::count(2), .packet = packet::line});
  co_await near.send("one\ntwo\n");
  co_await receive<stream::passive>();
  EXPECT_TRUE(far.setopts({.active = active::always}));
  EXPECT_TRUE(far.controlling_process(spawn({.scheduler = placement::on(1)}, expect_lines, far, self())));
  co_await near.send("three\n");
  co_await receive<outcome>();
}

TEST(socket_on_its_way, brings_its_messages_to_a_process_that_is_still_to_begin) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_shuffled(seed, give_with_messages);
}

// --- calls of others ---

int turn = 0;   // whose it is; tells a process without a signal, which would come behind the socket
int early = 0;  // calls that were made before the socket was there

void count_if_early(stream::socket socket) {
  if (socket.getstat().has_value()) return;
  ++early;
}

process<> read_when_given(stream::socket socket, pid observer) {
  send(observer, go{});
  while (turn == 0) co_await yield();
  count_if_early(socket);
  send(observer, outcome{text_of(co_await socket.recv(5))});
}

process<> give_to_one_that_reads(std::uint32_t place) {
  auto [near, far] = *memory::pair();
  turn = 0;
  const pid reader = spawn({.scheduler = placement::on(place)}, read_when_given, far, self());
  co_await near.send("hello");
  co_await receive<go>();  // it runs
  turn = 1;
  EXPECT_TRUE(far.controlling_process(reader));
  EXPECT_EQ((co_await receive<outcome>()).text, "hello");
}

TEST(socket_on_its_way, is_waited_for_by_a_recv) {
  early = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_shuffled(seed, give_to_one_that_reads, 1u);
  EXPECT_GT(early, static_cast<int>(seeds / 10));
}

// The n-th process takes a byte and passes the socket on to the next one, which lives on any scheduler but this.
constexpr int hops = 12;
using chain = std::array<pid, hops>;

process<> take_one_and_pass_on(stream::socket socket, int own, pid observer) {
  const chain all = co_await receive<chain>();
  while (turn != own) co_await yield();
  count_if_early(socket);
  const std::string got = text_of(co_await socket.recv(1));
  EXPECT_EQ(got, std::string(1, static_cast<char>('a' + own))) << "process " << own;
  turn = own + 1;
  if (turn == hops) {
    socket.close();
    send(observer, outcome{});
  } else {
    EXPECT_TRUE(socket.controlling_process(all.at(static_cast<std::size_t>(turn))));
  }
}

process<> pass_from_hand_to_hand() {
  auto [near, far] = *memory::pair();
  turn = -1;
  chain all;
  std::uint32_t place = 0;
  for (int i = 0; i < hops; ++i) {
    place = (place + 1 + random() % 2) % 3;
    all.at(static_cast<std::size_t>(i)) =
        spawn({.scheduler = placement::on(place)}, take_one_and_pass_on, far, i, self());
  }
  for (const pid each : all) send(each, all);
  for (int i = 0; i < hops; ++i) co_await near.send(std::string(1, static_cast<char>('a' + i)));
  turn = 0;
  EXPECT_TRUE(far.controlling_process(all.front()));
  co_await receive<outcome>();
  EXPECT_EQ((co_await near.recv()).error(), net_error::closed);
}

TEST(socket_on_its_way, is_waited_for_wherever_it_was_before) {
  early = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_shuffled(seed, pass_from_hand_to_hand);
  EXPECT_GT(early, static_cast<int>(seeds));
}

process<> accept_when_given(stream::listener listener, pid observer) {
  send(observer, go{});
  while (turn == 0) co_await yield();
  if (!listener.getopts()) ++early;
  auto accepted = co_await listener.accept();
  send(observer, outcome{accepted ? text_of(co_await accepted->recv(5)) : to_string(accepted.error())});
}

process<> give_a_listener() {
  memory::network network;
  auto listener = co_await memory::listen(network);
  turn = 0;
  const pid acceptor = spawn({.scheduler = placement::on(1)}, accept_when_given, *listener, self());
  auto client = co_await memory::connect(network, listener->local_address());
  co_await client->send("hello");
  co_await receive<go>();
  turn = 1;
  EXPECT_TRUE(listener->controlling_process(acceptor));
  EXPECT_EQ((co_await receive<outcome>()).text, "hello");
}

TEST(socket_on_its_way, is_waited_for_by_an_accept) {
  early = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_shuffled(seed, give_a_listener);
  EXPECT_GT(early, static_cast<int>(seeds / 10));
}

process<> answer_when_given(udp::socket socket, socket_address to, pid observer) {
  send(observer, go{});
  while (turn == 0) co_await yield();
  if (!socket.getstat()) ++early;
  auto sent = co_await socket.send(to, "answer");
  EXPECT_TRUE(sent) << to_string(sent.error());
  auto got = co_await socket.recv(10s);
  send(observer, outcome{got ? std::string{got->bytes.view()} : to_string(got.error())});
}

process<> give_a_datagram_socket() {
  auto near = co_await udp::open({.address = "127.0.0.1"});
  auto far = co_await udp::open({.address = "127.0.0.1"});
  turn = 0;
  const socket_address here = near->local_address().value();
  const pid owner = spawn({.scheduler = placement::on(1)}, answer_when_given, *far, here, self());
  co_await near->send(far->local_address().value(), "question");
  co_await receive<go>();
  turn = 1;
  EXPECT_TRUE(far->controlling_process(owner));
  EXPECT_EQ((co_await receive<outcome>()).text, "question");
  auto answer = co_await near->recv(10s);
  EXPECT_TRUE(answer && answer->bytes == bytes{"answer"});
}

TEST(socket_on_its_way, is_waited_for_by_who_sends_and_receives_datagrams) {
  early = 0;
  for (std::uint64_t seed = 1; seed <= seeds / 5; ++seed) {
    const auto epoll = [] { return io::make_driver(io::driver_choice::epoll); };
    testing::stepped_runtime rt{{.schedulers = 3, .seed = seed, .shuffle = true, .runtime = {.make_driver = epoll}}};
    EXPECT_EQ(rt.run({.scheduler = placement::on(0)}, give_a_datagram_socket), exit_reason::normal) << "seed " << seed;
  }
  EXPECT_GT(early, static_cast<int>(seeds / 50));
}

// --- the end of a wait ---

process<> kill_at_its_turn(pid victim) {
  while (turn != 2) co_await yield();
  exit(victim, exit_reason::kill);
}

// Begins to wait when the socket is on its way to its neighbour, and is killed.
process<> wait_and_be_killed(stream::socket socket, pid observer) {
  send(observer, go{});
  while (turn == 0) co_await yield();
  count_if_early(socket);
  turn = 2;
  static_cast<void>(co_await socket.recv(100));
}

process<> watch_and_read(stream::socket socket, pid watched, pid observer) {
  static_cast<void>(monitor(watched));
  co_await receive<down>();
  send(observer, outcome{text_of(co_await socket.recv(5))});
}

process<> kill_one_that_waits() {
  auto [near, far] = *memory::pair();
  turn = 0;
  co_await near.send("hello");
  const pid reader = spawn({.scheduler = placement::on(1)}, wait_and_be_killed, far, self());
  const pid keeper = spawn({.scheduler = placement::on(1)}, watch_and_read, far, reader, self());
  spawn({.scheduler = placement::on(1)}, kill_at_its_turn, reader);
  co_await receive<go>();
  turn = 1;
  EXPECT_TRUE(far.controlling_process(keeper));
  EXPECT_EQ((co_await receive<outcome>()).text, "hello");
}

TEST(socket_on_its_way, may_lose_who_waits_for_it) {
  early = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_shuffled(seed, kill_one_that_waits);
  EXPECT_GT(early, static_cast<int>(seeds / 10));
}

process<> read_with_limits(stream::socket socket, pid observer) {
  send(observer, go{});
  while (turn == 0) co_await yield();
  count_if_early(socket);
  EXPECT_EQ((co_await socket.recv(5, 0s)).error(), net_error::timeout);
  EXPECT_EQ((co_await socket.recv(5, 1s)).error(), net_error::timeout);
  send(observer, outcome{});
  EXPECT_EQ(text_of(co_await socket.recv(5, 1s)), "hello");
  send(observer, outcome{});
}

process<> give_to_one_with_limits() {
  auto [near, far] = *memory::pair();
  turn = 0;
  const pid reader = spawn({.scheduler = placement::on(1)}, read_with_limits, far, self());
  co_await receive<go>();
  turn = 1;
  EXPECT_TRUE(far.controlling_process(reader));
  co_await receive<outcome>();
  co_await near.send("hello");
  co_await receive<outcome>();
}

TEST(socket_on_its_way, is_waited_for_within_the_calls_time_limit) {
  early = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_shuffled(seed, give_to_one_with_limits);
  EXPECT_GT(early, static_cast<int>(seeds / 10));
}

process<> end_when_told() { co_await receive<go>(); }

process<> read_the_end(stream::socket socket, pid observer) {
  while (turn == 0) co_await yield();
  count_if_early(socket);
  send(observer, outcome{text_of(co_await socket.recv())});
}

process<> give_to_the_dead() {
  auto [near, far] = *memory::pair();
  turn = 0;
  spawn({.scheduler = placement::on(1)}, read_the_end, far, self());
  const auto [dead, watch] = spawn_monitor({.scheduler = placement::on(1)}, end_when_told);
  send(dead, go{});
  co_await receive<down>();
  turn = 1;
  EXPECT_TRUE(far.controlling_process(dead));
  EXPECT_EQ((co_await receive<outcome>()).text, "closed");
}

TEST(socket_on_its_way, tells_who_waits_that_it_has_closed) {
  early = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) run_shuffled(seed, give_to_the_dead);
  EXPECT_GT(early, static_cast<int>(seeds / 10));
}

// --- what is not on its way ---

process<> read_from_afar(stream::socket socket, pid observer) {
  send(observer, outcome{text_of(co_await socket.recv())});
}

process<> ask_from_everywhere() {
  auto [near, far] = *memory::pair();
  const pid owner = spawn({.scheduler = placement::on(1)}, end_when_told);
  for (const std::uint32_t place : {1u, 2u}) {
    spawn({.scheduler = placement::on(place)}, read_from_afar, far, self());
    EXPECT_EQ((co_await receive<outcome>()).text, "elsewhere") << "from " << place << ", of a socket of 0";
  }
  EXPECT_TRUE(far.controlling_process(owner));
  for (const std::uint32_t place : {0u, 2u}) {
    spawn({.scheduler = placement::on(place)}, read_from_afar, far, self());
    EXPECT_EQ((co_await receive<outcome>()).text, "elsewhere") << "from " << place << ", of a socket of 1";
  }
  far.close();
  for (const std::uint32_t place : {0u, 1u, 2u}) {
    EXPECT_EQ((co_await far.send("x")).error(), net_error::closed);
    spawn({.scheduler = placement::on(place)}, read_from_afar, far, self());
    EXPECT_EQ((co_await receive<outcome>()).text, "closed") << "from " << place;
    const stream::socket unknown{detail::make_reference(place, detail::reference_kind::socket, 0xffff'0000'01)};
    spawn({.scheduler = placement::on(2)}, read_from_afar, unknown, self());
    EXPECT_EQ((co_await receive<outcome>()).text, "closed") << "one that never was, of " << place;
  }
  send(owner, go{});
}

TEST(socket_on_its_way, is_no_socket_that_is_elsewhere_or_closed) {
  for (std::uint64_t seed = 1; seed <= seeds / 5; ++seed) run_shuffled(seed, ask_from_everywhere);
}

}  // namespace
}  // namespace dialtone
