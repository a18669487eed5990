// SPDX-License-Identifier: Apache-2.0
// The options of sockets in memory: remembered, so that who asks gets what was set. They are those that the kernel has
// for a socket of that family, by their numbers: what is set there can be set here.
#include <dialtone/io/memory_driver.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

namespace dialtone::io {

namespace {

// More than any option has that a protocol sets.
constexpr std::size_t value_limit = 64;

// The kernel's have numbers below; so a socket cannot be made to remember more than a few hundred of them.
constexpr int name_limit = 128;

int why_unknown(int family, socket_option which) {
  if (which.name <= 0 || which.name >= name_limit) return ENOPROTOOPT;
  if (which.level == SOL_SOCKET) return 0;
  if (family == AF_UNIX) return EOPNOTSUPP;
  const bool is_known =
      which.level == IPPROTO_TCP || which.level == IPPROTO_IP || (which.level == IPPROTO_IPV6 && family == AF_INET6);
  return is_known ? 0 : ENOPROTOOPT;
}

bool asks_for_reset(std::span<const std::byte> value) {
  linger given{};
  if (value.size() != sizeof given) return false;
  std::memcpy(&given, value.data(), sizeof given);
  return given.l_onoff != 0 && given.l_linger == 0;
}

}  // namespace

// What nobody has set is zero.
std::vector<std::byte> memory_driver::source::option(socket_option which) const {
  const auto number = [](int value) {
    const auto raw = std::bit_cast<std::array<std::byte, sizeof value>>(value);
    return std::vector<std::byte>{raw.begin(), raw.end()};
  };
  if (which.level == SOL_SOCKET && which.name == SO_DOMAIN) return number(kind.family);
  if (which.level == SOL_SOCKET && which.name == SO_TYPE) return number(kind.type);
  if (which.level == SOL_SOCKET && which.name == SO_ACCEPTCONN) return number(listening ? 1 : 0);
  const auto set = options.find({which.level, which.name});
  return set != options.end() ? set->second : number(0);
}

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
  const std::vector<std::byte> kept = found->option(which);
  const std::size_t size = std::min(kept.size(), value.size());
  std::ranges::copy(std::span{kept}.first(size), value.begin());
  return size;
}

}  // namespace dialtone::io
