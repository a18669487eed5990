// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/inherited_socket.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>

namespace dialtone::io {

namespace {

std::expected<int, int> option_of(int descriptor, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) != 0) return std::unexpected{errno};
  return value;
}

}  // namespace

std::expected<inherited_socket, int> inspect_socket(int descriptor) {
  const auto type = option_of(descriptor, SO_TYPE);
  if (!type) return std::unexpected{type.error()};
  const int family = option_of(descriptor, SO_DOMAIN).value_or(AF_UNSPEC);
  const bool is_known = family == AF_INET || family == AF_INET6 || family == AF_UNIX;
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return inherited_socket{.is_stream = *type == SOCK_STREAM,
                          .is_datagram = *type == SOCK_DGRAM && is_known,
                          .listens = option_of(descriptor, SO_ACCEPTCONN).value_or(0) != 0,
                          .is_connected = ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0};
}

int prepare_to_adopt(int descriptor) {
  const int status = ::fcntl(descriptor, F_GETFL);
  const int flags = ::fcntl(descriptor, F_GETFD);
  if (status < 0 || flags < 0) return errno;
  if (::fcntl(descriptor, F_SETFL, status | O_NONBLOCK) != 0) return errno;
  return ::fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) == 0 ? 0 : errno;
}

owned_descriptor::~owned_descriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::expected<int, int> duplicate_descriptor(int descriptor) {
  const int duplicate = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) return std::unexpected{errno};
  return duplicate;
}

}  // namespace dialtone::io
