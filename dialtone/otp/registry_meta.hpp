// SPDX-License-Identifier: Apache-2.0
// The metadata of a registry: values of any type by name, for its users' configuration. Any thread at any time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <dialtone/runtime/light_shared_mutex.hpp>

namespace dialtone::detail {

class registry_meta {
 public:
  /// `type` is the address of something that only this type has.
  struct any_value {
    const void* type = nullptr;
    std::shared_ptr<const void> value;
  };

  /// Replaces what was there. Throws std::length_error for a new name past registry_meta_limit.
  void put(std::string_view name, any_value value);
  /// Without a value when there is none.
  any_value get(std::string_view name) const;
  bool erase(std::string_view name);

 private:
  mutable light_shared_mutex mutex_;
  std::map<std::string, any_value, std::less<>> values_;
};

}  // namespace dialtone::detail
