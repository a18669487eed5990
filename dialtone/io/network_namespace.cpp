// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/network_namespace.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <cerrno>
#include <system_error>
#include <thread>

namespace dialtone::io {

namespace {

// Changes the namespace of the calling thread.
std::expected<released, int> enter_and_open(const std::string& path, socket_kind kind) {
  const released entered{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (entered.descriptor < 0) return std::unexpected{errno};
  if (::setns(entered.descriptor, CLONE_NEWNET) != 0) return std::unexpected{errno};
  released opened{::socket(kind.family, kind.type | SOCK_NONBLOCK | SOCK_CLOEXEC, kind.protocol)};
  if (opened.descriptor < 0) return std::unexpected{errno};
  return opened;
}

}  // namespace

std::expected<released, int> open_socket_in(const std::string& path, socket_kind kind) {
  std::expected<released, int> opened = std::unexpected{EAGAIN};
  try {
    const std::jthread helper{[&] { opened = enter_and_open(path, kind); }};
  } catch (const std::system_error& no_thread) {
    return std::unexpected{no_thread.code().value()};
  }
  return opened;
}

}  // namespace dialtone::io
