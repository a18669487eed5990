// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/registry_meta.hpp>

#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <utility>

#include <dialtone/otp/registry_options.hpp>

namespace dialtone::detail {

// What is replaced or erased is destroyed when the lock has been given back: its destructor is the user's.
void registry_meta::put(std::string_view name, any_value value) {
  const std::unique_lock lock(mutex_);
  auto found = values_.find(name);
  if (found == values_.end()) {
    if (values_.size() >= registry_meta_limit) throw std::length_error{"a registry has at most 1,000 metadata"};
    found = values_.emplace(name, any_value{}).first;
  }
  std::swap(found->second, value);
}

registry_meta::any_value registry_meta::get(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  auto found = values_.find(name);
  return found == values_.end() ? any_value{} : found->second;
}

bool registry_meta::erase(std::string_view name) {
  any_value gone;
  const std::unique_lock lock(mutex_);
  auto found = values_.find(name);
  if (found == values_.end()) return false;
  gone = std::move(found->second);
  values_.erase(found);
  return true;
}

}  // namespace dialtone::detail
