// SPDX-License-Identifier: Apache-2.0
// An option of a socket that has no name here. A value, for everybody.
#pragma once

#include <dialtone/base/bytes.hpp>

namespace dialtone {

/// Its level and name, and its value as setsockopt(2) takes it.
struct raw_option {
  int level = 0;
  int name = 0;
  bytes value;
};

}  // namespace dialtone
