// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until it is moved: tests own time. For the thread that steps the runtime. It begins an hour
// after the epoch of both of its times; going back is asserted.
#pragma once

#include <dialtone/base/assert.hpp>
#include <dialtone/io/clock.hpp>

namespace dialtone::testing {

class virtual_clock final : public io::clock {
 public:
  time_point now() override { return now_; }
  time_point now() const { return now_; }
  std::chrono::system_clock::time_point wall_time() override {
    return std::chrono::system_clock::time_point{} +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(now_ - time_point{});
  }
  bool advance_to(time_point later) override {
    DIALTONE_ASSERT(later >= now_, "a virtual clock goes forward only");
    now_ = later;
    return true;
  }

 private:
  time_point now_{std::chrono::hours{1}};
};

}  // namespace dialtone::testing
