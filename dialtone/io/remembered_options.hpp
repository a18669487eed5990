// SPDX-License-Identifier: Apache-2.0
// The options of a socket that no kernel has: remembered, so that who asks gets what was set. For drivers without a
// kernel, one for each socket.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include <dialtone/io/driver.hpp>

namespace dialtone::io {

class remembered_options {
 public:
  /// Bytes: more than any option has that a protocol sets.
  static constexpr std::size_t value_limit = 64;

  /// Those that the kernel has for a socket of this kind, by their numbers. The error: ENOPROTOOPT or EOPNOTSUPP for
  /// others, EINVAL beyond the limit.
  int set(const socket_kind& kind, socket_option which, std::span<const std::byte> value);
  /// The part of `value` that was written. What was not set is a zero of an int, but for SO_DOMAIN and SO_TYPE.
  std::expected<std::size_t, int> get(const socket_kind& kind, socket_option which, std::span<std::byte> value) const;

  /// What was set as a flag or a number.
  std::optional<int> number(socket_option which) const;
  /// A linger time of zero was set: the end of the socket is a reset.
  bool resets_at_close() const;

 private:
  struct remembered {
    socket_option which;
    std::vector<std::byte> value;
  };
  const remembered* find(socket_option which) const;

  std::vector<remembered> all_;
};

}  // namespace dialtone::io
