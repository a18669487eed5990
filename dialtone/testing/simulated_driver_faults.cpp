// SPDX-License-Identifier: Apache-2.0
// The rare things that a system may do to the calls of a driver.
#include <algorithm>
#include <cerrno>

#include <dialtone/testing/simulated_driver.hpp>
#include <dialtone/testing/simulated_stack.hpp>

namespace dialtone::testing {

int simulated_driver::why_not_open() const {
  if (DIALTONE_FAULT_POINT(*this, fault_points::open_no_descriptor)) return EMFILE;
  if (DIALTONE_FAULT_POINT(*this, fault_points::open_no_file)) return ENFILE;
  return DIALTONE_FAULT_POINT(*this, fault_points::open_no_memory) ? ENOBUFS : 0;
}

int simulated_driver::why_not_accept() const {
  if (DIALTONE_FAULT_POINT(*this, fault_points::accept_no_descriptor)) return EMFILE;
  if (DIALTONE_FAULT_POINT(*this, fault_points::accept_no_file)) return ENFILE;
  return DIALTONE_FAULT_POINT(*this, fault_points::accept_no_memory) ? ENOMEM : 0;
}

std::size_t simulated_driver::send_limit(std::span<const bytes> pieces) const {
  if (pieces.empty() || !DIALTONE_FAULT_POINT(*this, fault_points::driver_sends_part)) return simulated::no_limit;
  std::size_t size = 0;
  for (const bytes& each : pieces) size += each.size();
  return size / 2;
}

// What has not been tried, or not wholly, is for the next poll, and sometimes what has been is as well.
bool simulated_driver::wait(io::operation*& place, io::operation& waiting, io::handle of, bool tried) {
  io::wait(place, waiting, of);
  if (!tried || DIALTONE_FAULT_POINT(*this, fault_points::driver_spurious)) notice(of);
  return false;
}

}  // namespace dialtone::testing
