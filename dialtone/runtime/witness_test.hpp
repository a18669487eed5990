// SPDX-License-Identifier: Apache-2.0
// For tests: an object that is counted while it lives, wherever it is moved to. In frames, arguments and messages it
// shows whether destructors run; from any thread.
#pragma once

#include <atomic>
#include <utility>

#include <dialtone/base/sendable.hpp>

namespace dialtone::testing {

class witness {
 public:
  witness() { ++count; }
  witness(witness&& other) noexcept : counted_{std::exchange(other.counted_, false)} {}
  witness& operator=(witness&&) = delete;
  ~witness() {
    if (counted_) --count;
  }
  static int alive() { return count; }

 private:
  static inline std::atomic<int> count{0};
  bool counted_ = true;
};

}  // namespace dialtone::testing

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::testing::witness> = true;
