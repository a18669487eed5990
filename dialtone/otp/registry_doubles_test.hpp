// SPDX-License-Identifier: Apache-2.0
// Registries and small processes that the tests of the registry share. For test files only.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/otp/registry.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone::testing {

/// Tests have unique ones unless they say otherwise.
using phones = registry<std::string, int>;

inline phones duplicates(std::size_t partitions = 16) {
  return phones{{.keys = registry_keys::duplicate, .partitions = partitions}};
}

struct registered_now {};

/// Registers under each key, with values from `value` on, says so, and ends when it is told to go.
inline process<> holder(phones all, std::vector<std::string> keys, int value, pid home) {
  for (const std::string& key : keys) all.register_key(key, value++);
  send(home, registered_now{});
  co_await receive<go>();
}

inline task<pid> start_holder(phones all, std::vector<std::string> keys, int value, std::uint32_t where) {
  pid started = spawn(on(where), holder, all, std::move(keys), value, self());
  co_await receive<registered_now>();
  co_return started;
}

inline std::vector<int> values_of(const std::vector<phones::entry>& entries) {
  std::vector<int> found;
  for (const auto& each : entries) found.push_back(each.value);
  return found;
}

inline std::vector<int> sorted(std::vector<int> values) {
  std::ranges::sort(values);
  return values;
}

inline constexpr auto any = [](const auto&) { return true; };
inline constexpr auto even = [](int value) { return value % 2 == 0; };

using texts = std::vector<std::string>;
using numbers = std::vector<int>;

}  // namespace dialtone::testing
