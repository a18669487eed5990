// SPDX-License-Identifier: Apache-2.0
// A key of a registry as a name for new processes, for registry.hpp.
#pragma once

#include <dialtone/otp/registry_types.hpp>
#include <dialtone/runtime/via_name.hpp>

namespace dialtone::detail {

spawn_error spawn_error_of(registration_error why);

template <class Key, class Value>
class registry_via final : public via_key {
 public:
  registry_via(const registry<Key, Value>& home, registry_key_argument<Key> key, Value value)
      : home_{home}, key_{key}, value_{std::move(value)} {}

  std::expected<void, spawn_error> take() const override {
    registry<Key, Value> home = home_;
    auto taken = home.try_register_key(key_, value_);
    if (!taken) return std::unexpected{spawn_error_of(taken.error().why)};
    return {};
  }
  std::optional<pid> owner() const override {
    auto found = home_.whereis(key_);
    if (found) registry_inside::index(home_).require_own_runtime();
    return found;
  }
  bool is_same(const via_key& other) const override { return static_cast<const registry_via&>(other).key_ == key_; }
  const void* home() const override { return &registry_inside::index(home_); }

 private:
  const registry<Key, Value> home_;
  const Key key_;
  const Value value_;
};

}  // namespace dialtone::detail
