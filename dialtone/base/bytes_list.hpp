// SPDX-License-Identifier: Apache-2.0
// Bytes in pieces: concatenation without copying, as with the iolists of Erlang. For everybody: protocols answer with
// lists, and sockets send the pieces with one gathering write. A regular value; copying one copies references.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

#include <dialtone/base/bytes.hpp>

namespace dialtone {

class bytes_list {
 public:
  using const_iterator = std::vector<bytes>::const_iterator;

  bytes_list() noexcept = default;
  bytes_list(bytes piece) { append(std::move(piece)); }
  bytes_list(std::initializer_list<bytes> pieces);
  bytes_list(const bytes_list&) = default;
  bytes_list(bytes_list&& other) noexcept
      : pieces_(std::exchange(other.pieces_, {})), size_(std::exchange(other.size_, 0)) {}
  bytes_list& operator=(const bytes_list&) = default;
  bytes_list& operator=(bytes_list&& other) noexcept;
  ~bytes_list() = default;

  /// Large pieces are shared, not copied; small neighbours that fit into one piece together are joined. Text is copied.
  bytes_list& append(bytes piece);
  bytes_list& append(const bytes_list& other);
  bytes_list& append(bytes_list&& other);

  std::size_t size() const noexcept { return size_; }  ///< In bytes, of all pieces.
  bool empty() const noexcept { return size_ == 0; }
  std::size_t piece_count() const noexcept { return pieces_.size(); }
  /// The pieces, none of them empty, until the list changes.
  const_iterator begin() const noexcept { return pieces_.begin(); }
  const_iterator end() const noexcept { return pieces_.end(); }

  /// All pieces in one: copied, unless there is only one.
  bytes flatten() const;
  void clear() noexcept;

  /// The content counts, not where it is cut.
  friend bool operator==(const bytes_list& a, const bytes_list& b) noexcept;

 private:
  std::vector<bytes> pieces_;
  std::size_t size_ = 0;
};

template <>
inline constexpr bool enable_sendable<bytes_list> = true;

}  // namespace dialtone
