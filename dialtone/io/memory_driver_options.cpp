// SPDX-License-Identifier: Apache-2.0
// The options of sockets in memory: remembered, so that who asks gets what was set.
#include <dialtone/io/memory_driver.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace dialtone::io {

namespace {

// More than any option has that a protocol sets.
constexpr std::size_t value_limit = 64;

int why_unknown(int family, socket_option which) {
  constexpr std::array known{SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_RCVBUF,
                             SO_SNDBUF,    SO_LINGER,    SO_ERROR,     SO_BROADCAST};
  if (which.level == SOL_SOCKET) return std::ranges::find(known, which.name) != known.end() ? 0 : ENOPROTOOPT;
  if (family == AF_UNIX) return EOPNOTSUPP;
  const bool is_v6_only = which.level == IPPROTO_IPV6 && which.name == IPV6_V6ONLY && family == AF_INET6;
  return which.level == IPPROTO_TCP || is_v6_only ? 0 : ENOPROTOOPT;
}

bool asks_for_reset(std::span<const std::byte> value) {
  linger given{};
  if (value.size() != sizeof given) return false;
  std::memcpy(&given, value.data(), sizeof given);
  return given.l_onoff != 0 && given.l_linger == 0;
}

}  // namespace

int memory_driver::set_option(handle of, socket_option which, std::span<const std::byte> value) {
  const std::lock_guard locked{network_->lock_};
  source* found = sources_.find(of);
  if (found == nullptr) return EBADF;
  if (const int error = why_unknown(found->kind.family, which); error != 0) return error;
  if (value.size() > value_limit) return EINVAL;
  if (which.level == SOL_SOCKET && which.name == SO_LINGER) found->resets = asks_for_reset(value);
  found->options[{which.level, which.name}] = {value.begin(), value.end()};
  return 0;
}

std::expected<std::size_t, int> memory_driver::option(handle of, socket_option which, std::span<std::byte> value) {
  const std::lock_guard locked{network_->lock_};
  const source* found = sources_.find(of);
  if (found == nullptr) return std::unexpected{EBADF};
  if (const int error = why_unknown(found->kind.family, which); error != 0) return std::unexpected{error};
  const auto set = found->options.find({which.level, which.name});
  const std::vector<std::byte> kept = set != found->options.end() ? set->second : std::vector<std::byte>(sizeof(int));
  const std::size_t size = std::min(kept.size(), value.size());
  std::ranges::copy(std::span{kept}.first(size), value.begin());
  return size;
}

}  // namespace dialtone::io
