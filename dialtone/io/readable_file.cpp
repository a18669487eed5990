// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/readable_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <limits>

namespace dialtone::io {

std::expected<readable_file, int> readable_file::open(const std::string& path) {
  // Opening a pipe would wait for its writer.
  readable_file opened{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (opened.descriptor_ < 0) return std::unexpected{errno};
  struct stat about{};
  if (::fstat(opened.descriptor_, &about) != 0) return std::unexpected{errno};
  if (!S_ISREG(about.st_mode)) return std::unexpected{S_ISDIR(about.st_mode) ? EISDIR : EINVAL};
  return opened;
}

readable_file::~readable_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::expected<bytes, int> readable_file::read(std::uint64_t offset, std::size_t count) const {
  std::string data(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    if (offset + have > std::uint64_t(std::numeric_limits<off_t>::max())) break;  // no file is longer
    const ssize_t got = ::pread(descriptor_, data.data() + have, count - have, static_cast<off_t>(offset + have));
    if (got == 0) break;
    if (got > 0)
      have += static_cast<std::size_t>(got);
    else if (errno != EINTR)
      return std::unexpected{errno};
  }
  data.resize(have);
  return bytes{std::move(data)};
}

}  // namespace dialtone::io
