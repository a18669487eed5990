// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/kernel_driver.hpp>

#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>
#include <utility>

namespace dialtone::io {

namespace {

static_assert(sizeof(sockaddr_storage) == socket_name::capacity);

// A system call that returns 0 or -1; a handle that was closed has a negative descriptor, which the kernel refuses with
// EBADF.
int error_of(int returned) { return returned == 0 ? 0 : errno; }

std::expected<socket_name, int> name_by(int (*ask)(int, sockaddr*, socklen_t*), int descriptor) {
  socket_name name;
  socklen_t size = socket_name::capacity;
  if (ask(descriptor, static_cast<sockaddr*>(name.data()), &size) != 0) return std::unexpected{errno};
  name.size = size;
  return name;
}

}  // namespace

std::expected<handle, int> kernel_driver::open(socket_kind kind) {
  const int descriptor = ::socket(kind.family, kind.type | SOCK_NONBLOCK | SOCK_CLOEXEC, kind.protocol);
  if (descriptor < 0) return std::unexpected{errno};
  const handle opened = try_adopt(descriptor, false);
  if (opened) return opened;
  const int error = errno;
  ::close(descriptor);
  return std::unexpected{error};
}

int kernel_driver::bind(handle of, const socket_name& local) {
  return error_of(::bind(descriptor_of(of), static_cast<const sockaddr*>(local.data()), local.size));
}

int kernel_driver::listen(handle of, int backlog) { return error_of(::listen(descriptor_of(of), backlog)); }

static_assert(int{SHUT_RD} == int(shutdown_how::read) && int{SHUT_WR} == int(shutdown_how::write) &&
              int{SHUT_RDWR} == int(shutdown_how::both));
int kernel_driver::shutdown(handle of, shutdown_how how) {
  return error_of(::shutdown(descriptor_of(of), static_cast<int>(how)));
}

int kernel_driver::set_option(handle of, socket_option which, std::span<const std::byte> value) {
  return error_of(
      ::setsockopt(descriptor_of(of), which.level, which.name, value.data(), static_cast<socklen_t>(value.size())));
}

std::expected<std::size_t, int> kernel_driver::option(handle of, socket_option which, std::span<std::byte> value) {
  auto size = static_cast<socklen_t>(value.size());
  if (::getsockopt(descriptor_of(of), which.level, which.name, value.data(), &size) != 0) return std::unexpected{errno};
  return size;
}

std::expected<socket_name, int> kernel_driver::local_name(handle of) {
  return name_by(::getsockname, descriptor_of(of));
}

std::expected<socket_name, int> kernel_driver::peer_name(handle of) {
  return name_by(::getpeername, descriptor_of(of));
}

released::released(released&& other) noexcept
    : descriptor{std::exchange(other.descriptor, -1)},
      socket{std::move(other.socket)},
      received{std::move(other.received)},
      error{other.error},
      unsent{std::move(other.unsent)},
      shared{other.shared} {}

released& released::operator=(released&& other) noexcept {
  std::swap(descriptor, other.descriptor);
  std::swap(socket, other.socket);
  received = std::move(other.received);
  error = other.error;
  unsent = std::move(other.unsent);
  shared = other.shared;
  return *this;
}

released::~released() {
  if (descriptor >= 0) ::close(descriptor);
}

handle kernel_driver::adopt(int descriptor) { return adopt(descriptor, true); }

handle kernel_driver::adopt(int descriptor, bool shared) {
  const handle adopted = try_adopt(descriptor, shared);
  if (!adopted) throw std::system_error{errno, std::generic_category(), "a driver cannot watch the descriptor"};
  return adopted;
}

handle kernel_driver::adopt(released&& moved) {
  const handle adopted = adopt(moved.descriptor, moved.shared);
  moved.descriptor = -1;
  if (!moved.received.empty() || moved.error != 0) put_received(adopted, std::move(moved.received), moved.error);
  return adopted;
}

}  // namespace dialtone::io
