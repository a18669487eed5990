// SPDX-License-Identifier: Apache-2.0
#include <dialtone/base/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace dialtone::detail {

void assertion_failed(const char* condition, const char* sentence, const char* file, int line) noexcept {
  std::fprintf(stderr, "dialtone: %s (%s, %s:%d)\n", sentence, condition, file, line);
  std::abort();
}

}  // namespace dialtone::detail
