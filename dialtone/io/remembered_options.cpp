// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/remembered_options.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

namespace dialtone::io {

namespace {

// The kernel's have numbers below; so a socket cannot be made to remember more than a few hundred of them.
constexpr int name_limit = 128;

int why_unknown(const socket_kind& kind, socket_option which) {
  if (which.name <= 0 || which.name >= name_limit) return ENOPROTOOPT;
  if (which.level == SOL_SOCKET) return 0;
  if (kind.family == AF_UNIX) return EOPNOTSUPP;
  const bool is_known = which.level == (kind.type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP) ||
                        which.level == IPPROTO_IP || (which.level == IPPROTO_IPV6 && kind.family == AF_INET6);
  return is_known ? 0 : ENOPROTOOPT;
}

int given_of(const socket_kind& kind, socket_option which) {
  if (which.level != SOL_SOCKET) return 0;
  if (which.name == SO_DOMAIN) return kind.family;
  return which.name == SO_TYPE ? kind.type : 0;
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
  const auto given = std::bit_cast<std::array<std::byte, sizeof(int)>>(given_of(kind, which));
  const std::span<const std::byte> kept = known == nullptr ? std::span{given} : std::span{known->value};
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
