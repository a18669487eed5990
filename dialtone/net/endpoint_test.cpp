// SPDX-License-Identifier: Apache-2.0
// Where a listener takes connections from, at the kernel: files of Unix sockets, sockets that are open already, several
// at once.
#include <dialtone/net/endpoint.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>

#include <dialtone/net/listener.hpp>
#include <dialtone/net/tcp_ends_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using tcp_ends::on_each_driver;

process<> echo(stream::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(*data);
}

task<std::string> answer(stream::socket socket, std::string question) {
  co_await socket.send(std::move(question));
  const auto got = co_await socket.recv(0, 5s);
  co_return got ? std::string{got->view()} : to_string(got.error());
}

int descriptor_that_listens() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in any{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  EXPECT_EQ(::listen(descriptor, 16), 0);
  return descriptor;
}

/// In a directory that nobody else has.
struct socket_path {
  socket_path() {
    std::string pattern = (std::filesystem::temp_directory_path() / "endpoint_XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    directory = pattern;
  }
  ~socket_path() { std::filesystem::remove_all(directory); }
  std::string path() const { return (directory / "socket").string(); }
  std::filesystem::path directory;
};

bool is_there(const std::string& path) { return std::filesystem::exists(path); }

TEST(endpoints, the_file_of_a_unix_socket_is_there_while_it_listens) {
  on_each_driver([]() -> process<> {
    const socket_path place;
    const auto listener = co_await start_link(
        listener_spec{.listen_on = {endpoint::local({.path = place.path(), .mode = 0600})}, .serve = connection(echo)});
    const auto client = co_await local::connect(place.path());
    EXPECT_EQ(co_await answer(*client, "one"), "one");
    struct stat about{};
    EXPECT_EQ(::stat(place.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600u);
    co_await listener.suspend();
    EXPECT_FALSE(is_there(place.path()));
    EXPECT_TRUE(co_await listener.resume());
    EXPECT_EQ(co_await answer(*co_await local::connect(place.path()), "two"), "two");
    EXPECT_EQ(co_await answer(*client, "three"), "three");
    co_await listener.stop();
    EXPECT_FALSE(is_there(place.path()));
  });
}

TEST(endpoints, several_serve_as_one_listener) {
  on_each_driver([]() -> process<> {
    const auto listener = co_await start_link(
        listener_spec{.listen_on = {endpoint::tcp({.address = "127.0.0.1"}), endpoint::tcp({.address = "127.0.0.2"}),
                                    endpoint::local({}), endpoint::adopted(descriptor_that_listens())},
                      .serve = connection(echo)});
    const auto addresses = co_await listener.addresses();
    EXPECT_EQ(addresses.size(), 4u);
    std::vector<stream::socket> clients;
    for (const auto& each : addresses) {
      const transport over = each.is_ip() ? transport::tcp() : transport::local();
      clients.push_back(*co_await over.connect(each, {}, 5s));
      EXPECT_EQ(co_await answer(clients.back(), "hello"), "hello");
    }
    EXPECT_EQ((co_await listener.info()).connections, 4u);
    co_await listener.stop();
  });
}

TEST(endpoints, one_that_cannot_be_had_leaves_none_open) {
  on_each_driver([]() -> process<> {
    const socket_path place;
    auto failed = co_await try_start_link(
        listener_spec{.listen_on = {endpoint::local({.path = place.path()}), endpoint::tcp({.address = "192.0.2.1"})},
                      .serve = connection(echo)});
    EXPECT_FALSE(failed);
    EXPECT_NE(to_string(failed.error()).find("192.0.2.1"), std::string::npos) << to_string(failed.error());
    EXPECT_FALSE(is_there(place.path()));
  });
}

TEST(endpoints, a_socket_that_was_open_keeps_who_comes_while_it_is_suspended) {
  on_each_driver([]() -> process<> {
    const int descriptor = descriptor_that_listens();
    {
      const auto listener =
          co_await start_link(listener_spec{.listen_on = {endpoint::adopted(descriptor)}, .serve = connection(echo)});
      const auto addresses = co_await listener.addresses();
      EXPECT_EQ(co_await answer(*co_await tcp::connect(addresses.front()), "one"), "one");
      co_await listener.suspend();
      const auto waiting = co_await tcp::connect(addresses.front(), {}, 5s);
      EXPECT_TRUE(waiting);
      EXPECT_TRUE(co_await listener.resume());
      EXPECT_EQ(co_await answer(*waiting, "two"), "two");
      co_await listener.stop();
    }
    EXPECT_LT(::fcntl(descriptor, F_GETFD), 0) << "it is closed with the last copy of its endpoint";
  });
}

TEST(endpoints, what_does_not_listen_is_refused) {
  on_each_driver([]() -> process<> {
    const int unconnected = ::socket(AF_INET, SOCK_STREAM, 0);
    for (const int descriptor : {unconnected, -1}) {
      auto failed = co_await try_start_link(
          listener_spec{.listen_on = {endpoint::adopted(descriptor)}, .serve = connection(echo)});
      EXPECT_FALSE(failed);
      EXPECT_NE(to_string(failed.error()).find("adopt"), std::string::npos) << to_string(failed.error());
    }
  });
}

TEST(endpoints, a_program_that_was_not_activated_has_none) { EXPECT_TRUE(endpoint::activated().empty()); }

}  // namespace
}  // namespace dialtone
