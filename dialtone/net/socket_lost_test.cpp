// SPDX-License-Identifier: Apache-2.0
// Sockets that the driver of their new owner's scheduler cannot watch: that is told, and not taken for the peer's end.
#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

#include <dialtone/net/tcp.hpp>
#include <dialtone/net/udp.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/no_driver.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

/// Connects at once, takes what is sent, has received "kept" of each socket that it releases, and adopts none.
class blind_driver : public testing::no_driver {
 public:
  std::expected<io::handle, int> open(io::socket_kind) override { return io::handle{++handles_, 1}; }
  int bind(io::handle, const io::socket_name&) override { return 0; }
  int listen(io::handle, int) override { return 0; }
  int set_option(io::handle, io::socket_option, std::span<const std::byte>) override { return 0; }
  std::expected<io::socket_name, int> local_name(io::handle) override {
    return to_socket_name({ip_address::v4(127, 0, 0, 1), 4000});
  }
  bool connect(io::handle, const io::socket_name&, io::operation&, io::result& done) override {
    done = {};
    return true;
  }
  io::released release(io::handle) override {
    io::released given;
    given.received = "kept";
    return given;
  }
  io::handle adopt(io::released&&) override { throw std::system_error{ENOSPC, std::generic_category()}; }

 private:
  std::uint32_t handles_ = 0;
};

void run(process<> (*function)()) {
  testing::stepped_runtime rt{
      {.schedulers = 2, .runtime = {.make_driver = [] { return std::make_unique<blind_driver>(); }}}};
  EXPECT_EQ(rt.run({.scheduler = placement::on(0)}, function), exit_reason::normal);
}

struct done {};

template <class Socket>
task<> give_and_wait(Socket socket, process<> (*function)(Socket, pid)) {
  EXPECT_TRUE(socket.controlling_process(spawn_link({.scheduler = placement::on(1)}, function, socket, self())));
  co_await receive<done>();
}

constexpr auto no_space = std::errc::no_space_on_device;

process<> read_and_send(tcp::socket socket, pid observer) {
  EXPECT_EQ(*co_await socket.recv(), "kept");
  EXPECT_EQ((co_await socket.recv()).error(), no_space);
  EXPECT_EQ((co_await socket.send("x")).error(), no_space);
  send(observer, done{});
}

const socket_address somewhere{ip_address::v4(127, 0, 0, 1), 4000};

TEST(socket_lost, is_an_error_of_the_next_calls) {
  run([]() -> process<> {
    auto socket = co_await tcp::connect(somewhere);
    co_await give_and_wait(*socket, read_and_send);
  });
}

TEST(socket_lost, is_a_message_of_an_active_socket) {
  run([]() -> process<> {
    auto socket = co_await tcp::connect(somewhere);
    static_cast<void>(socket->setopts({.exit_on_close = false}));
    co_await give_and_wait(
        *socket, +[](tcp::socket socket, pid observer) -> process<> {
          static_cast<void>(socket.setopts({.active = active::always}));
          EXPECT_EQ((co_await receive<tcp::data>()).bytes, "kept");
          EXPECT_EQ((co_await receive<tcp::error>()).why, no_space);
          co_await receive<tcp::closed>();
          send(observer, done{});
        });
  });
}

TEST(socket_lost, is_an_error_of_accept) {
  run([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    co_await give_and_wait(
        *listener, +[](tcp::listener listener, pid observer) -> process<> {
          for (int i = 0; i < 2; ++i) EXPECT_EQ((co_await listener.accept()).error(), no_space);
          send(observer, done{});
        });
  });
}

TEST(socket_lost, is_an_error_of_a_datagram_socket) {
  run([]() -> process<> {
    auto socket = co_await udp::open({.address = "127.0.0.1"});
    co_await give_and_wait(
        *socket, +[](udp::socket socket, pid observer) -> process<> {
          for (int i = 0; i < 2; ++i) EXPECT_EQ((co_await socket.recv()).error(), no_space);
          EXPECT_EQ((co_await socket.send(somewhere, "x")).error(), no_space);
          for (int i = 0; i < 2; ++i) {
            EXPECT_TRUE(socket.setopts({.active = active::always}));
            EXPECT_EQ((co_await receive<udp::error>()).why, no_space);
            EXPECT_EQ(socket.getopts()->active, active::passive);
          }
          EXPECT_FALSE(co_await receive<udp::error>(after(duration::zero())));
          send(observer, done{});
        });
  });
}

}  // namespace
}  // namespace dialtone
