// SPDX-License-Identifier: Apache-2.0
// The file that stands for a Unix socket which is bound to a path (unix(7)). The kernel makes it at bind and never
// removes it: who has bound it does, here at the latest with the object. Any thread; the calls are the file system's.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace dialtone::io {

class socket_file {
 public:
  /// None.
  socket_file() = default;
  /// The one at the path. An error of the system's: ENOENT; ENOTSOCK for a file of another kind.
  static std::expected<socket_file, int> at(std::string path);
  socket_file(socket_file&& other) noexcept;
  socket_file& operator=(socket_file&& other) noexcept;
  ~socket_file() { remove(); }

  /// Who may connect needs to write to it (chmod(2)). Returns the error.
  int set_mode(std::uint32_t mode) const;
  /// No-op when another file has come to its path: a successor's.
  void remove();
  /// The file stays.
  void forget() { path_.clear(); }

 private:
  bool is_still_there() const;

  std::string path_;  // empty: none
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
};

/// Removes the file of a socket that nobody has any more, as a program that was killed leaves it. Returns 0 when the
/// path is free then; EADDRINUSE: the socket lives; ENOTSOCK: it is another kind of file; what unlink(2) says. To find
/// out it connects to the socket, which one that lives sees as a connection that ends at once. Two programs that do
/// this at the same moment may both get the path; the later one has it.
int remove_stale_socket_file(const std::string& path);

}  // namespace dialtone::io
