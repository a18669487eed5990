// SPDX-License-Identifier: Apache-2.0
// The options of sockets in memory.
#include <dialtone/io/memory_driver.hpp>

#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>

namespace dialtone::io {

int memory_driver::set_option(handle of, socket_option which, std::span<const std::byte> value) {
  const std::lock_guard locked{network_->lock_};
  source* found = sources_.find(of);
  return found == nullptr ? EBADF : found->options.set(found->kind, which, value);
}

std::expected<std::size_t, int> memory_driver::option(handle of, socket_option which, std::span<std::byte> value) {
  const std::lock_guard locked{network_->lock_};
  const source* found = sources_.find(of);
  if (found == nullptr) return std::unexpected{EBADF};
  if (which.level != SOL_SOCKET || which.name != SO_ACCEPTCONN) return found->options.get(found->kind, which, value);
  const auto listens = std::bit_cast<std::array<std::byte, sizeof(int)>>(found->listening ? 1 : 0);
  const std::size_t size = std::min(listens.size(), value.size());
  std::ranges::copy(std::span{listens}.first(size), value.begin());
  return size;
}

}  // namespace dialtone::io
