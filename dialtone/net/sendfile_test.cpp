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
    while (ends.client.getstat()->send_pending < std::size_t{64} * 1024) co_await yield();  // the high watermark
    EXPECT_FALSE(co_await receive<std::uint64_t>(after(0s)));
    EXPECT_LE(ends.client.getstat()->send_pending, std::size_t{320} * 1024);  // the high watermark and a chunk
    EXPECT_TRUE(*co_await ends.server.recv(text.size(), 20s) == text);
    EXPECT_EQ(co_await receive<std::uint64_t>(), text.size());
  });
}

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
