// SPDX-License-Identifier: Apache-2.0
// The echo server on Dialtone: a process for each connection, on one scheduler. Usage: bench_echo_dialtone PORT (0:
// any); its first line is "listening PORT".
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <cstdio>
#include <cstdlib>

#include <dialtone/dialtone.hpp>
#include <dialtone/runtime/io_wait.hpp>

namespace dt = dialtone;
namespace io = dialtone::io;
using namespace dialtone::detail;

namespace {

int listen_on(std::uint16_t port) {
  int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted sockets inherit it
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);    // see load.c
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(descriptor, generic, size) != 0 || ::listen(descriptor, 4096) != 0) return -1;
  ::getsockname(descriptor, generic, &size);
  std::printf("listening %d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return descriptor;
}

dt::process<> echo(io::handle connection) {
  own_handle(connection);
  for (;;) {
    io::result received = co_await receive_from(connection);
    if (received.error != 0 || received.data.empty()) co_return;
    io::result sent = co_await send_to(connection, std::move(received.data));
    if (sent.error != 0) co_return;
  }
}

dt::process<> serve(int descriptor) {
  io::handle listener = adopt_descriptor(descriptor);
  own_handle(listener);
  for (;;) {
    io::result accepted = co_await accept_from(listener);
    if (accepted.error == 0) dt::spawn(echo, accepted.accepted);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int descriptor = listen_on(argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 0);
  if (descriptor < 0) {
    std::perror("listen");
    return 1;
  }
  return dt::run({.schedulers = 1, .handle_signals = true}, serve, descriptor);
}
