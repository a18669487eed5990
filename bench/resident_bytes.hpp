// SPDX-License-Identifier: Apache-2.0
// How much memory the calling program has, for the works that measure what something costs. For bench/ only.
#pragma once

#include <unistd.h>

#include <fstream>

/// Bytes that are resident (proc(5), statm).
inline double resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}
