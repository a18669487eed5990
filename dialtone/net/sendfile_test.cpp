// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using tcp_ends::connected;
using tcp_ends::in_memory;
using tcp_ends::on_each_driver;

std::string numbers(std::size_t size) {
  std::string text;
  for (std::uint64_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

/// A file that goes with it.
class scratch {
 public:
  explicit scratch(const std::string& text)
      : path_{::testing::TempDir() + "sendfile_test." + std::to_string(::getpid())} {
    std::ofstream{path_} << text;
  }
  ~scratch() { std::filesystem::remove(path_); }
  scratch(const scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(sendfile, sends_a_file_behind_what_was_sent_before) {
  on_each_driver([]() -> process<> {
    const scratch file{"the file"};
    const auto ends = co_await connected();
    co_await ends.client.send("before, ");
    EXPECT_EQ(*co_await ends.client.sendfile({.path = file.path()}), 8u);
    co_await ends.client.send(", after");
    EXPECT_EQ(*co_await ends.server.recv(23, 5s), "before, the file, after");
  });
}

TEST(sendfile, sends_the_part_that_was_asked_for_or_what_there_is_of_it) {
  on_each_driver([]() -> process<> {
    const scratch file{"0123456789"};
    const auto ends = co_await connected();
    EXPECT_EQ(*co_await ends.client.sendfile({.path = file.path(), .offset = 2, .length = 3}), 3u);
    EXPECT_EQ(*co_await ends.client.sendfile({.path = file.path(), .offset = 8, .length = 3}), 2u);
    EXPECT_EQ(*co_await ends.client.sendfile({.path = file.path(), .length = 5, .chunk = 2}), 5u);
    for (const std::uint64_t offset : {std::uint64_t{10}, std::uint64_t{11}, ~std::uint64_t{0}})
      EXPECT_EQ(*co_await ends.client.sendfile({.path = file.path(), .offset = offset}), 0u) << offset;
    EXPECT_EQ(*co_await ends.client.sendfile({.path = file.path(), .length = 0}), 0u);
    EXPECT_EQ(*co_await ends.server.recv(10, 5s), "2348901234");
  });
}

process<> send_all_of(tcp::socket socket, std::string path, pid whom) {
  auto sent = co_await socket.sendfile({.path = std::move(path)});
  send(whom, sent.value_or(0));
}

TEST(sendfile, waits_for_a_peer_that_does_not_read) {
  on_each_driver([]() -> process<> {
    const std::string text = numbers(16 << 20);
    const scratch file{text};
    const auto ends = co_await connected();
    spawn(send_all_of, ends.client, file.path(), self());
    while (ends.client.getstat()->send_pending == 0) co_await yield();  // the kernel takes no more at present
    EXPECT_FALSE(co_await receive<std::uint64_t>(after(0s)));
    EXPECT_LE(ends.client.getstat()->send_pending, std::size_t{320} * 1024);  // the high watermark and a chunk
    EXPECT_TRUE(*co_await ends.server.recv(text.size(), 20s) == text);
    EXPECT_EQ(co_await receive<std::uint64_t>(), text.size());
  });
}

// --- while the socket moves; all schedulers are on one thread ---

struct sent_all {
  std::uint64_t count;
};
struct ready {};
bool given = false;
int early = 0;  // how often the socket was still on its way

process<> send_when_given(stream::socket socket, std::string path, pid observer) {
  send(observer, ready{});
  while (!given) co_await yield();
  if (!socket.getstat()) ++early;
  const auto sent = co_await socket.sendfile({.path = std::move(path), .chunk = 10'000});
  send(observer, sent_all{sent.value_or(0)});
  co_await receive<ready>();
}

process<> give_to_one_that_sends_a_file() {
  const std::string text = numbers(100'000);
  const scratch file{text};
  auto [near, far] = *memory::pair();
  given = false;
  const pid sender = spawn({.scheduler = placement::on(1)}, send_when_given, far, file.path(), self());
  co_await receive<ready>();
  given = true;
  EXPECT_TRUE(far.controlling_process(sender));
  EXPECT_EQ((co_await receive<sent_all>()).count, text.size());
  EXPECT_TRUE(*co_await near.recv(text.size()) == text);
}

void in_any_order(process<> (*function)()) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    testing::stepped_runtime rt{{.schedulers = 3, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run({.scheduler = placement::on(0)}, function), exit_reason::normal) << "seed " << seed;
  }
}

TEST(sendfile, waits_for_a_socket_that_is_on_its_way) {
  early = 0;
  in_any_order(give_to_one_that_sends_a_file);
  EXPECT_GT(early, 10);
}

process<> own_it() { co_await receive<ready>(); }

process<> give_away_while_a_file_is_sent() {
  const std::string text = numbers(1'000'000);
  const scratch file{text};
  auto [near, far] = *memory::pair();
  spawn(send_all_of, far, file.path(), self());
  std::string all{(co_await near.recv(1000))->view()};
  const pid owner = spawn({.scheduler = placement::on(1)}, own_it);
  EXPECT_TRUE(far.controlling_process(owner));
  all += (co_await near.recv(text.size() - all.size()))->view();
  EXPECT_TRUE(all == text);
  EXPECT_EQ(co_await receive<std::uint64_t>(), text.size());
}

TEST(sendfile, goes_on_when_its_socket_moves_away) { in_any_order(give_away_while_a_file_is_sent); }

process<> give_away_from_one_that_waits_for_it(stream::socket socket, std::string path, pid observer) {
  send(observer, ready{});
  while (!given) co_await yield();
  const auto sent = co_await socket.sendfile({.path = std::move(path)});
  // It has come and gone, or come and stayed for long enough.
  if (!sent) EXPECT_EQ(sent.error().why, net_error::elsewhere);
  if (!sent) EXPECT_EQ(sent.error().sent, 0u);
  send(observer, sent_all{sent.value_or(0)});
}

process<> pass_on_at_once(stream::socket socket, pid next, pid observer) {
  const auto given_on = socket.controlling_process(next);
  EXPECT_TRUE(given_on);
  send(observer, ready{});
  co_return;
}

process<> give_past_one_that_sends_a_file() {
  const std::string text = numbers(1000);
  const scratch file{text};
  auto [near, far] = *memory::pair();
  given = false;
  spawn({.scheduler = placement::on(1)}, give_away_from_one_that_waits_for_it, far, file.path(), self());
  co_await receive<ready>();
  const pid last = spawn({.scheduler = placement::on(2)}, own_it);
  given = true;
  const pid between = spawn({.scheduler = placement::on(1)}, pass_on_at_once, far, last, self());
  EXPECT_TRUE(far.controlling_process(between));
  co_await receive<ready>();
  const std::uint64_t count = (co_await receive<sent_all>()).count;
  send(last, ready{});  // closes it
  std::string all;
  while (auto got = co_await near.recv()) all += got->view();
  EXPECT_EQ(all, text.substr(0, count)) << "all of it, or nothing";
}

TEST(sendfile, of_a_socket_that_only_comes_by_sends_all_or_nothing) { in_any_order(give_past_one_that_sends_a_file); }

TEST(sendfile, errors_of_the_file_are_not_the_sockets) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected();
    auto missing = co_await ends.client.sendfile({.path = "/no/such/file"});
    EXPECT_EQ(missing.error().of, sendfile_error::side::file);
    EXPECT_EQ(to_string(missing.error().why), "send_file /no/such/file: ENOENT (no such file or directory)");
    EXPECT_EQ((co_await ends.client.sendfile({.path = "/"})).error().why, std::errc::is_a_directory);
    EXPECT_EQ((co_await ends.client.sendfile({.path = "/dev/zero"})).error().why, std::errc::invalid_argument);
    co_await ends.client.send("still open");
    EXPECT_EQ(*co_await ends.server.recv(0, 5s), "still open");
  });
}

TEST(sendfile, errors_of_the_socket_say_how_much_it_had_taken) {
  in_memory([]() -> process<> {
    const std::string text = numbers(8 << 20);
    const scratch file{text};
    const auto ends = co_await connected({.send_timeout = 20ms});
    auto late = co_await ends.client.sendfile({.path = file.path()});
    EXPECT_EQ(late.error().of, sendfile_error::side::socket);
    EXPECT_EQ(late.error().why, net_error::timeout);
    EXPECT_LT(late.error().sent, text.size());
    ends.client.close();
    EXPECT_EQ((co_await ends.client.sendfile({.path = file.path()})).error().why, net_error::closed);
  });
}

TEST(sendfile, a_socket_that_puts_lengths_in_front_refuses) {
  on_each_driver([]() -> process<> {
    const scratch file{"x"};
    const auto ends = co_await connected({.packet = packet::length_4});
    auto refused = co_await ends.client.sendfile({.path = file.path()});
    EXPECT_EQ(refused.error().why, std::errc::invalid_argument);
    auto no_chunk = co_await ends.server.sendfile({.path = file.path(), .chunk = 0});
    EXPECT_EQ(no_chunk.error().why, net_error::bad_option);
  });
}

std::ptrdiff_t descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return std::distance(begin(all), end(all));
}

process<> kill_one_that_sends() {
  const scratch file{numbers(16 << 20)};
  const auto ends = co_await connected();
  const std::ptrdiff_t before = descriptors();
  auto [sender, watched] = spawn_monitor(send_all_of, ends.client, file.path(), self());
  co_await ends.server.recv(1, 5s);
  EXPECT_EQ(descriptors(), before + 1);
  exit(sender, exit_reason::kill);
  co_await receive<down>();
  co_await blocking([] {});  // behind a read that was under way: the pool has one thread
  EXPECT_EQ(descriptors(), before);
}

TEST(sendfile, one_that_is_killed_leaves_no_file_open) { on_each_driver(kill_one_that_sends, {.blocking_threads = 1}); }

}  // namespace
}  // namespace dialtone
