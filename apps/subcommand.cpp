// SPDX-License-Identifier: Apache-2.0
#include <apps/subcommand.hpp>

#include <cstdio>

#include <fmt/core.h>

namespace dialtone::apps {

int fail(std::string_view sentence) {
  fmt::print(stderr, "dialtone: {}\n", sentence);
  return 1;
}

}  // namespace dialtone::apps
