// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/socket_calls.hpp>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

namespace dialtone::io {

namespace {

static_assert(EAGAIN == EWOULDBLOCK);

// What one call takes; more pieces go out by further calls.
constexpr std::size_t pieces_at_once = 64;

// For every message: the C library's recv and send are points where a thread may be cancelled, which costs each of them
// two locked instructions as soon as there is a second thread.
ssize_t receive_now(int descriptor, std::span<std::byte> room) {
  return ::syscall(SYS_recvfrom, descriptor, room.data(), room.size(), 0, nullptr, nullptr);
}
ssize_t send_now(int descriptor, const bytes& piece) {
  return ::syscall(SYS_sendto, descriptor, piece.data(), piece.size(), MSG_NOSIGNAL, nullptr, 0);
}

ssize_t send_some(int descriptor, std::span<const bytes> pieces) {
  if (pieces.size() == 1) return send_now(descriptor, pieces[0]);
  std::array<iovec, pieces_at_once> vectors;
  const std::size_t count = std::min(pieces.size(), vectors.size());
  for (std::size_t i = 0; i < count; ++i) vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  return ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

// Leaves in `pieces` what has not been taken: the first ones empty, and one shorter.
std::span<bytes> drop(std::span<bytes> pieces, std::size_t count) {
  for (; !pieces.empty(); pieces = pieces.subspan(1)) {
    bytes& first = pieces.front();
    const std::size_t size = first.size();
    if (count < size) {
      if (count != 0) first = first.drop(count);
      break;
    }
    first = {};
    count -= size;
  }
  return pieces;
}

}  // namespace

bool is_stream(int descriptor) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

bool is_unix(int descriptor) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

std::expected<int, int> accept_one(int listener) {
  for (;;) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) return descriptor;
    if (errno != EINTR && errno != ECONNABORTED) return std::unexpected{errno};
  }
}

int start_connect(int descriptor, const socket_name& to) {
  if (::connect(descriptor, static_cast<const sockaddr*>(to.data()), to.size) == 0) return 0;
  // Interrupted, it goes on in the background (connect(2)).
  return errno == EINTR ? EINPROGRESS : errno;
}

int pending_error(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::expected<std::size_t, int> receive_some(int descriptor, std::span<std::byte> room) {
  for (;;) {
    const ssize_t count = receive_now(descriptor, room);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return std::unexpected{errno};
  }
}

int send_all(int descriptor, std::span<bytes> pieces, std::size_t& sent) {
  while (!pieces.empty()) {
    if (pieces.front().empty()) {
      pieces = pieces.subspan(1);
      continue;
    }
    const ssize_t count = send_some(descriptor, pieces);
    if (count < 0) {
      if (errno != EINTR) return errno;
      continue;
    }
    sent += static_cast<std::size_t>(count);
    if (pieces.size() == 1 && static_cast<std::size_t>(count) == pieces[0].size()) {  // as nearly always
      pieces[0] = {};
      return 0;
    }
    pieces = drop(pieces, static_cast<std::size_t>(count));
  }
  return 0;
}

std::unique_ptr<std::vector<bytes>> left_by_call(std::span<bytes> pieces) {
  return std::make_unique<std::vector<bytes>>(std::make_move_iterator(pieces.begin()),
                                              std::make_move_iterator(pieces.end()));
}

}  // namespace dialtone::io
