// SPDX-License-Identifier: Apache-2.0
// A child whose start function throws when it is told to. For test files only.
#pragma once

#include <stdexcept>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/testing/doubles.hpp>

namespace dialtone::testing {

/// An argument that a start has to copy, and cannot while it is armed.
struct fragile {
  fragile() = default;
  fragile(const fragile&) {
    if (armed) throw std::runtime_error{"cannot be copied"};
  }
  fragile(fragile&&) = default;
  static inline bool armed = false;
};

}  // namespace dialtone::testing

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::testing::fragile> = true;

namespace dialtone::testing {

inline process<> hold_fragile(fragile) { exit((co_await receive<end_now>()).reason); }

}  // namespace dialtone::testing
