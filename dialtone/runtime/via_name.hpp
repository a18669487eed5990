// SPDX-License-Identifier: Apache-2.0
// A key of a registry as the name of a process (OTP's {via, Module, Name}): made by registry::via(key), given to a
// process by spawn_options::via, and to who looks for it by named<S>. A value: it may be copied, compared and sent.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <utility>

#include <dialtone/base/sendable.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone {

enum class spawn_error : std::uint8_t;

namespace detail {

/// What a registry says of one of its keys. Shared by threads, constant.
class via_key {
 public:
  virtual ~via_key() = default;
  /// Gives the key to the current process, which has not run yet.
  virtual std::expected<void, spawn_error> take() const = 0;
  virtual std::optional<pid> owner() const = 0;
  virtual bool is_same(const via_key& other) const = 0;
  /// The registry: two keys with the same one have one type.
  virtual const void* home() const = 0;
};

}  // namespace detail

class via_name {
 public:
  /// Names nobody.
  via_name() = default;
  explicit via_name(std::shared_ptr<const detail::via_key> key) : key_{std::move(key)} {}

  explicit operator bool() const { return key_ != nullptr; }
  /// Who has the key now. Any thread.
  std::optional<pid> whereis() const { return key_ ? key_->owner() : std::nullopt; }

  /// The same key of the same registry.
  friend bool operator==(const via_name& left, const via_name& right) {
    if (left.key_ == right.key_) return true;
    return left.key_ && right.key_ && left.key_->home() == right.key_->home() && left.key_->is_same(*right.key_);
  }

  const std::shared_ptr<const detail::via_key>& key() const { return key_; }

 private:
  std::shared_ptr<const detail::via_key> key_;
};

template <>
inline constexpr bool enable_sendable<via_name> = true;

}  // namespace dialtone
