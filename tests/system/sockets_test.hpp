// SPDX-License-Identifier: Apache-2.0
// For tests of sockets that look at them from outside: the descriptors of this program, sockets of another program's
// kind, and a suite that runs over each driver that the machine permits.
#pragma once

#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/io/driver_choice.hpp>
#include <dialtone/io/system_error.hpp>
#include <dialtone/io/uring_permitted_test.hpp>

namespace dialtone {

/// How many descriptors this program has open.
inline int open_descriptors() {
  DIR* listed = ::opendir("/proc/self/fd");
  if (listed == nullptr) return -1;
  int count = -3;  // ".", "..", and its own
  while (::readdir(listed) != nullptr) ++count;
  ::closedir(listed);
  return count;
}

/// A socket that blocks, as of a program that knows nothing of Dialtone; each wait is limited to ten seconds.
class plain_socket {
 public:
  plain_socket() : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  plain_socket(plain_socket&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
  plain_socket& operator=(plain_socket&&) = delete;
  ~plain_socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void reuse_address() {
    const int yes = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  }
  /// The error, of this and the next.
  int listen_on(std::uint16_t port) {
    const sockaddr_in local = loopback(port);
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) return errno;
    return ::listen(descriptor_, 1) == 0 ? 0 : errno;
  }
  int connect_to(std::uint16_t port) {
    const sockaddr_in there = loopback(port);
    return ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0 ? 0 : errno;
  }
  /// What an echo server answers.
  std::string ask(std::string_view text) {
    if (::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) < 0) return "send failed";
    std::string answer(text.size(), '\0');
    const ssize_t size = again([&] { return ::recv(descriptor_, answer.data(), answer.size(), MSG_WAITALL); });
    return size < 0 ? "recv failed: " + std::string{io::error_name(errno)}
                    : answer.substr(0, static_cast<std::size_t>(size));
  }
  /// Whether the end, or a reset, is here. The kernel may be some milliseconds late, as any thread on a busy machine.
  bool has_ended() const {
    constexpr int patience_ms = 20;
    pollfd waited{descriptor_, POLLIN, 0};
    if (again([&] { return ::poll(&waited, 1, patience_ms); }) != 1) return false;
    char byte = 0;
    const ssize_t size = ::recv(descriptor_, &byte, 1, MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN);
  }

 private:
  // The end of a ring that the thread has made interrupts its calls.
  static ssize_t again(auto call) {
    for (;;)
      if (const ssize_t result = call(); result >= 0 || errno != EINTR) return result;
  }
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  int descriptor_;
};

inline std::vector<io::driver_choice> permitted_drivers() {
  std::vector<io::driver_choice> all{io::driver_choice::epoll};
  if (io::uring_is_permitted()) all.push_back(io::driver_choice::io_uring);
  return all;
}
inline std::string driver_name(io::driver_choice choice) {
  return choice == io::driver_choice::epoll ? "epoll" : "io_uring";
}

}  // namespace dialtone
