// SPDX-License-Identifier: Apache-2.0
// The system's own form of a socket's address: a sockaddr with its length, as bind, connect and their like take it and
// accept, getsockname and recvfrom fill it. For drivers and for net, which has the form for people. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace dialtone::io {

/// What is in a sockaddr_in or sockaddr_in6; numbers in the order of this machine.
struct internet_name {
  bool is_v6 = false;
  /// In the order in which it travels; of IPv4 the first four bytes.
  std::array<std::uint8_t, 16> address{};
  std::uint32_t scope = 0;
  std::uint16_t port = 0;
};

class socket_name {
 public:
  /// As large as any (sockaddr_storage).
  static constexpr std::uint32_t capacity = 128;

  /// Empty, to be filled.
  socket_name() = default;
  static socket_name of_internet(const internet_name& name);
  /// A path, an abstract name (it begins with a zero byte), or nothing. At most 108 bytes, which is asserted.
  static socket_name of_unix(std::string_view name);

  /// Empty: of another family, or too short for its own.
  std::optional<internet_name> internet() const;
  /// Or an abstract name. Up to the zero that ends a path. Empty optional: of another family. While this object lives.
  std::optional<std::string_view> unix_path() const;

  /// For system calls: `sockaddr*`, and its size, which the call may change.
  void* data() { return storage_.data(); }
  const void* data() const { return storage_.data(); }
  std::uint32_t size = 0;

  friend bool operator==(const socket_name& left, const socket_name& right) {
    return left.size == right.size && std::memcmp(left.data(), right.data(), left.size) == 0;
  }

 private:
  alignas(8) std::array<std::byte, capacity> storage_{};
};

}  // namespace dialtone::io
