// SPDX-License-Identifier: Apache-2.0
// What only Unix sockets have: paths, files, abstract names, credentials. What all streams do is in transport_test.cpp.
#include <dialtone/net/local.hpp>

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A directory that goes with the test.
class local_sockets : public testing::Test {
 protected:
  local_sockets() {
    std::string pattern = (fs::temp_directory_path() / "dialtone_XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~local_sockets() override { fs::remove_all(directory_); }

  std::string path() const { return directory_ / "socket"; }
  static void run(process<> (*function)(std::string), const std::string& path) {
    runtime rt{{.schedulers = 1, .level = log_level::off}};
    const exit_reason end = rt.run(function, path);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }

  fs::path directory_;
};

TEST_F(local_sockets, carry_what_is_sent) {
  run(
      [](std::string path) -> process<> {
        auto listener = co_await local::listen({.path = path});
        EXPECT_EQ(listener->local_address().path(), path);
        auto client = co_await local::connect(path, {.nodelay = true, .congestion_control = "cubic"}, 5s);
        auto server = co_await listener->accept();
        EXPECT_EQ(client->peer_address()->path(), path);
        EXPECT_TRUE(server->peer_address()->is_unnamed());
        co_await client->send("hello");
        EXPECT_EQ(*co_await server->recv(5), "hello");
      },
      path());
}

TEST_F(local_sockets, remove_their_file_with_the_listener) {
  run(
      [](std::string path) -> process<> {
        auto listener = co_await local::listen({.path = path});
        EXPECT_TRUE(fs::is_socket(path));
        listener->close();
        EXPECT_FALSE(fs::exists(path));
        EXPECT_EQ((co_await local::connect(path)).error(), std::errc::no_such_file_or_directory);
      },
      path());
}

TEST_F(local_sockets, remove_their_file_when_the_owner_dies) {
  run(
      [](std::string path) -> process<> {
        auto listener = co_await local::listen({.path = path});
        co_return;
      },
      path());
  EXPECT_FALSE(fs::exists(path()));
}

// As a program leaves it that was killed.
void leave_stale_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(socket);
}

TEST_F(local_sockets, take_the_place_of_a_socket_that_nobody_has_any_more) {
  leave_stale_socket(path());
  run(
      [](std::string path) -> process<> {
        EXPECT_EQ((co_await local::connect(path)).error(), std::errc::connection_refused);
        auto listener = co_await local::listen({.path = path});
        EXPECT_TRUE(listener) << to_string(listener.error());
        EXPECT_TRUE(co_await local::connect(path));
      },
      path());
}

TEST_F(local_sockets, leave_a_listener_that_lives_alone) {
  run(
      [](std::string path) -> process<> {
        auto first = co_await local::listen({.path = path});
        auto second = co_await local::listen({.path = path});
        EXPECT_EQ(second.error(), std::errc::address_in_use);
        EXPECT_TRUE(fs::is_socket(path));
        EXPECT_TRUE(co_await first->accept());  // the look whether somebody is there
        EXPECT_TRUE(co_await local::connect(path));
      },
      path());
}

TEST_F(local_sockets, leave_files_of_other_kinds_alone) {
  std::ofstream{path()} << "precious";
  run(
      [](std::string path) -> process<> {
        EXPECT_EQ((co_await local::listen({.path = path})).error(), std::errc::address_in_use);
      },
      path());
  EXPECT_EQ(fs::file_size(path()), 8u);
}

TEST_F(local_sockets, leave_the_file_of_a_successor) {
  run(
      [](std::string path) -> process<> {
        auto first = co_await local::listen({.path = path});
        fs::remove(path);
        auto second = co_await local::listen({.path = path});
        first->close();
        EXPECT_TRUE(fs::is_socket(path));
        EXPECT_TRUE(co_await local::connect(path));
      },
      path());
}

TEST_F(local_sockets, have_the_mode_that_was_asked_for) {
  run(
      [](std::string path) -> process<> {
        auto listener = co_await local::listen({.path = path, .mode = 0600});
        struct stat found{};
        EXPECT_EQ(::stat(path.c_str(), &found), 0);
        EXPECT_EQ(found.st_mode & 0777u, 0600u);
      },
      path());
}

TEST_F(local_sockets, may_have_names_without_files) {
  run(
      [](std::string path) -> process<> {
        auto listener = co_await local::listen({.path = "@" + path});
        EXPECT_TRUE(listener->local_address().is_abstract());
        EXPECT_FALSE(fs::exists(path));
        EXPECT_EQ((co_await local::listen({.path = "@" + path})).error(), std::errc::address_in_use);
        EXPECT_TRUE(co_await local::connect("@" + path));
        auto unnamed = co_await local::listen({});
        EXPECT_TRUE(unnamed->local_address().is_abstract());
        EXPECT_FALSE(unnamed->local_address().abstract_name().empty());
      },
      path());
}

TEST_F(local_sockets, know_who_is_on_the_other_side) {
  run(
      [](std::string path) -> process<> {
        auto listener = co_await local::listen({.path = path});
        auto client = co_await local::connect(path);
        const local::credentials self{::getpid(), ::getuid(), ::getgid()};
        EXPECT_EQ(local::peer_credentials(*client), self);
        EXPECT_EQ(local::peer_credentials(*co_await listener->accept()), self);
        client->close();
        EXPECT_EQ(local::peer_credentials(*client).error(), net_error::closed);
      },
      path());
}

struct connected_late {
  bool well;
};

process<> connect_and_tell(std::string path, pid whom) {
  const bool well = (co_await local::connect(std::move(path), {}, 5s)).has_value();
  send(whom, connected_late{well});
}

TEST_F(local_sockets, wait_while_the_backlog_is_full) {
  run(
      [](std::string path) -> process<> {
        auto listener = co_await local::listen({.path = path, .backlog = 0});
        EXPECT_TRUE(co_await local::connect(path));
        spawn(connect_and_tell, path, self());
        for (int turn = 0; turn < 10; ++turn) co_await yield();
        EXPECT_FALSE(co_await receive<connected_late>(after(0s)));
        const pid taker = spawn(
            [](local::listener listener) -> process<> {
              while (co_await listener.accept()) continue;
            },
            *listener);
        listener->controlling_process(taker);
        EXPECT_TRUE((co_await receive<connected_late>()).well);
      },
      path());
}

TEST_F(local_sockets, give_a_listeners_options_to_its_connections) {
  run(
      [](std::string path) -> process<> {
        auto listener = co_await local::listen({.path = path, .connections = {.send_buffer = 10'000, .priority = 2}});
        auto first = co_await local::connect(path);
        auto accepted = co_await listener->accept();
        EXPECT_EQ(accepted->getopts()->priority, 2);
        EXPECT_EQ(accepted->getopts()->send_buffer, 2u * 10'000);  // the kernel doubles them: socket(7)
        const int other = 20'000;
        const bytes value{std::as_bytes(std::span{&other, 1})};
        EXPECT_TRUE(listener->setopts({.priority = 3, .raw = {{SOL_SOCKET, SO_RCVBUF, value}}}));
        auto second = co_await local::connect(path);
        accepted = co_await listener->accept();
        EXPECT_EQ(accepted->getopts()->priority, 3);
        EXPECT_EQ(accepted->getopts()->send_buffer, 2u * 10'000);
        EXPECT_EQ(accepted->getopts()->receive_buffer, 2u * 20'000);
      },
      path());
}

TEST_F(local_sockets, refuse_a_path_that_is_too_long) {
  run(
      [](std::string path) -> process<> {
        EXPECT_TRUE(co_await local::listen({.path = "@" + std::string(socket_address::path_limit, 'x')}));
        const std::string longer = path + std::string(socket_address::path_limit, 'x');
        EXPECT_EQ((co_await local::listen({.path = longer})).error(), net_error::bad_name);
        EXPECT_EQ((co_await local::connect(longer)).error(), net_error::bad_name);
      },
      path());
}

}  // namespace
}  // namespace dialtone
