// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/socket_file.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <utility>

#include <dialtone/io/socket_calls.hpp>

namespace dialtone::io {

std::expected<socket_file, int> socket_file::at(std::string path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return std::unexpected{errno};
  if (!S_ISSOCK(found.st_mode)) return std::unexpected{ENOTSOCK};
  socket_file result;
  result.path_ = std::move(path);
  result.device_ = found.st_dev;
  result.inode_ = found.st_ino;
  return result;
}

socket_file::socket_file(socket_file&& other) noexcept
    : path_{std::exchange(other.path_, {})}, device_{other.device_}, inode_{other.inode_} {}

socket_file& socket_file::operator=(socket_file&& other) noexcept {
  remove();
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

bool socket_file::is_still_there() const {
  struct stat found{};
  return ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
}

int socket_file::set_mode(std::uint32_t mode) const { return ::chmod(path_.c_str(), mode) == 0 ? 0 : errno; }

void socket_file::remove() {
  if (!path_.empty() && is_still_there()) ::unlink(path_.c_str());
  path_.clear();
}

namespace {

// The kernel refuses when no socket is behind the file. Any other answer, also that it is of another type, comes from
// one that lives.
bool somebody_has(const std::string& path) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return true;
  const int error = start_connect(probe, socket_name::of_unix(path));
  ::close(probe);
  return error != ECONNREFUSED && error != ENOENT;
}

}  // namespace

int remove_stale_socket_file(const std::string& path) {
  auto file = socket_file::at(path);
  if (!file) return file.error() == ENOENT ? 0 : file.error();
  if (somebody_has(path)) {
    file->forget();
    return EADDRINUSE;
  }
  file->remove();
  return ::access(path.c_str(), F_OK) == 0 ? EADDRINUSE : 0;
}

}  // namespace dialtone::io
