// SPDX-License-Identifier: Apache-2.0
// An echo server with Asio's coroutines, as its own example has it: one for each connection, with a buffer of 4 KiB in
// its frame, on one thread. Prints `listening PORT` (argument 0: a free port).
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <asio.hpp>

using asio::ip::tcp;

namespace {

constexpr unsigned int longest_life_seconds = 900;

// The end of a connection is an error code: as an exception it would cost more than all else of a short one.
asio::awaitable<void> echo(tcp::socket connection) {
  char data[4096];
  for (asio::error_code failed;;) {
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    const auto size = co_await connection.async_read_some(asio::buffer(data), token);
    if (failed) co_return;
    co_await asio::async_write(connection, asio::buffer(data, size), token);
    if (failed) co_return;
  }
}

asio::awaitable<void> serve(tcp::acceptor& listener) {
  for (;;) {
    auto connection = co_await listener.async_accept(asio::use_awaitable);
    connection.set_option(tcp::no_delay{true});
    asio::co_spawn(listener.get_executor(), echo(std::move(connection)), asio::detached);
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** words) {
  ::alarm(longest_life_seconds);
  raise_descriptor_limit();
  asio::io_context loop{1};
  tcp::acceptor listener{loop};
  const auto port = static_cast<unsigned short>(count > 1 ? std::atoi(words[1]) : 0);
  const tcp::endpoint address{asio::ip::address_v4::loopback(), port};
  listener.open(address.protocol());
  listener.set_option(tcp::acceptor::reuse_address{true});
  ::setsockopt(listener.native_handle(), IPPROTO_TCP, TCP_CONGESTION, "reno", 4);  // see load/main.cpp
  listener.bind(address);
  listener.listen(4096);
  std::printf("listening %d\n", listener.local_endpoint().port());
  std::fflush(stdout);
  asio::co_spawn(loop, serve(listener), asio::detached);
  loop.run();
}
