// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/clock.hpp>

namespace dialtone::io {

namespace {

class real_clock final : public clock {
 public:
  time_point now() override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point wall_time() override { return std::chrono::system_clock::now(); }
};

}  // namespace

clock& system_clocks() {
  static real_clock clock;
  return clock;
}

}  // namespace dialtone::io
