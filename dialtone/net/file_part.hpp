// SPDX-License-Identifier: Apache-2.0
// What sendfile takes, and what it says when it could not send all. For everybody; regular values, sendable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <dialtone/net/net_error.hpp>

namespace dialtone {

struct file_part {
  std::string path;
  std::uint64_t offset = 0;                     ///< bytes; behind the end there is nothing to send
  std::optional<std::uint64_t> length = {};     ///< bytes at most; all up to the end
  std::size_t chunk = std::size_t{256} * 1024;  ///< bytes that are read, and held, at once; at least 1
};

struct sendfile_error {
  enum class side : std::uint8_t { file, socket };

  side of;             ///< whose error it is
  net_error why;       ///< of a file with its path
  std::uint64_t sent;  ///< bytes that the socket had taken, without the chunk whose send has failed: why.unsent()
};

}  // namespace dialtone
