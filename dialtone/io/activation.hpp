// SPDX-License-Identifier: Apache-2.0
// The sockets that a service manager passes to the program that it starts: sd_listen_fds(3), as systemd does it, and a
// predecessor of the program may. Any thread, while nobody changes the environment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dialtone::io {

struct activated_descriptor {
  int descriptor;
  std::string name;  ///< "unknown" where none was given
  friend bool operator==(const activated_descriptor&, const activated_descriptor&) = default;
};

/// More than any service has; the number comes from the environment.
inline constexpr std::size_t activated_descriptors_limit = 1'024;

/// Those that are meant for the process `own_pid`, of the values of LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES. Values
/// that make no sense mean none.
std::vector<activated_descriptor> activated_descriptors(std::string_view pid, std::string_view count,
                                                        std::string_view names, std::int64_t own_pid);
/// Those of this process. Programs that it starts do not get them.
std::vector<activated_descriptor> activated_descriptors();

}  // namespace dialtone::io
