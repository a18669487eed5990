// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/remembered_options.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace dialtone::io {

namespace {

int why_unknown(const socket_kind& kind, socket_option which) {
  constexpr std::array known{SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_RCVBUF,
                             SO_SNDBUF,    SO_LINGER,    SO_ERROR,     SO_BROADCAST};
  if (which.level == SOL_SOCKET) return std::ranges::find(known, which.name) != known.end() ? 0 : ENOPROTOOPT;
  if (kind.family == AF_UNIX) return EOPNOTSUPP;
  if (kind.type == SOCK_DGRAM) {
    const bool is_own = which.level == IPPROTO_UDP || which.level == IPPROTO_IP || which.level == IPPROTO_IPV6;
    return is_own ? 0 : ENOPROTOOPT;
  }
  const bool is_v6_only = which.level == IPPROTO_IPV6 && which.name == IPV6_V6ONLY && kind.family == AF_INET6;
  return which.level == IPPROTO_TCP || is_v6_only ? 0 : ENOPROTOOPT;
}

}  // namespace

int remembered_options::set(const socket_kind& kind, socket_option which, std::span<const std::byte> value) {
  if (const int error = why_unknown(kind, which); error != 0) return error;
  if (value.size() > value_limit) return EINVAL;
  auto* known = const_cast<remembered*>(find(which));
  if (known == nullptr) known = &all_.emplace_back(which);
  known->value.assign(value.begin(), value.end());
  return 0;
}

std::expected<std::size_t, int> remembered_options::get(const socket_kind& kind, socket_option which,
                                                        std::span<std::byte> value) const {
  if (const int error = why_unknown(kind, which); error != 0) return std::unexpected{error};
  const remembered* known = find(which);
  constexpr std::array<std::byte, sizeof(int)> zero{};
  const std::span<const std::byte> kept = known == nullptr ? std::span{zero} : std::span{known->value};
  const std::size_t size = std::min(kept.size(), value.size());
  std::ranges::copy(kept.first(size), value.begin());
  return size;
}

std::optional<int> remembered_options::number(socket_option which) const {
  const remembered* known = find(which);
  int value = 0;
  if (known == nullptr || known->value.size() != sizeof value) return std::nullopt;
  std::memcpy(&value, known->value.data(), sizeof value);
  return value;
}

bool remembered_options::resets_at_close() const {
  const remembered* known = find({SOL_SOCKET, SO_LINGER});
  linger given{};
  if (known == nullptr || known->value.size() != sizeof given) return false;
  std::memcpy(&given, known->value.data(), sizeof given);
  return given.l_onoff != 0 && given.l_linger == 0;
}

const remembered_options::remembered* remembered_options::find(socket_option which) const {
  const auto found = std::ranges::find_if(all_, [which](const remembered& each) {
    return each.which.level == which.level && each.which.name == which.name;
  });
  return found == all_.end() ? nullptr : &*found;
}

}  // namespace dialtone::io
