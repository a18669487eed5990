// SPDX-License-Identifier: Apache-2.0
// The address of a socket as the kernel has it: a sockaddr of any family. For drivers, and for those that translate
// between these and the addresses of users (net). A regular value; 0 bytes is none.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dialtone::io {

struct socket_name {
  /// Of sockaddr_storage.
  static constexpr std::size_t capacity = 128;

  std::span<const std::byte> span() const { return {data.data(), size}; }
  explicit operator bool() const { return size != 0; }
  friend bool operator==(const socket_name& left, const socket_name& right) {
    return std::ranges::equal(left.span(), right.span());
  }

  alignas(8) std::array<std::byte, capacity> data{};
  std::uint32_t size = 0;
};

}  // namespace dialtone::io
