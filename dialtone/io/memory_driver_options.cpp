// SPDX-License-Identifier: Apache-2.0
// The options of sockets in memory.
#include <cerrno>

#include <dialtone/io/memory_driver.hpp>

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
  return found->options.get(found->kind, which, value);
}

}  // namespace dialtone::io
