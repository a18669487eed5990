// SPDX-License-Identifier: Apache-2.0
// Whether this machine lets a test program use io_uring: containers forbid it by default, and then its tests are not
// there (see INSTANTIATE_TEST_SUITE_P in uring_driver_test.cpp). And the environment variable that chooses, set for a
// scope.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

#include <dialtone/io/driver.hpp>

namespace dialtone::io {

inline bool uring_is_permitted() {
  try {
    return make_uring_driver() != nullptr;
  } catch (const std::system_error&) {
    return false;
  }
}

/// DIALTONE_IO for as long as it lives; null unsets it.
class io_environment {
 public:
  explicit io_environment(const char* value) {
    if (const char* set = std::getenv("DIALTONE_IO")) before_ = set;
    put(value);
  }
  ~io_environment() { put(before_ ? before_->c_str() : nullptr); }
  io_environment(const io_environment&) = delete;
  io_environment& operator=(const io_environment&) = delete;

 private:
  static void put(const char* value) {
    if (value == nullptr)
      ::unsetenv("DIALTONE_IO");
    else
      ::setenv("DIALTONE_IO", value, 1);
  }
  std::optional<std::string> before_;
};

}  // namespace dialtone::io
