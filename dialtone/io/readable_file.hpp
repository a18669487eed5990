// SPDX-License-Identifier: Apache-2.0
// A regular file, to be read at any place. Its calls block as long as the disk does: for threads of the blocking pool.
// Errors are the system's codes.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include <dialtone/base/bytes.hpp>

namespace dialtone::io {

class readable_file {
 public:
  /// EISDIR for a directory, EINVAL for what else is no regular file; such a thing is not waited for.
  static std::expected<readable_file, int> open(const std::string& path);
  readable_file(readable_file&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
  readable_file& operator=(readable_file&&) = delete;
  ~readable_file();

  /// As many bytes as are asked for; fewer only at the end of the file, and none behind it.
  std::expected<bytes, int> read(std::uint64_t offset, std::size_t count) const;

 private:
  explicit readable_file(int descriptor) : descriptor_{descriptor} {}
  int descriptor_;
};

}  // namespace dialtone::io
