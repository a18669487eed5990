// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/outside_call.hpp>

#include <cstdio>

namespace dialtone::detail {

int exit_status(const exit_reason& reason) {
  if (reason.is_orderly()) return 0;
  std::fprintf(stderr, "the first process ended: %s\n", to_string(reason).c_str());
  return 1;
}

}  // namespace dialtone::detail
