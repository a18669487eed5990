// SPDX-License-Identifier: Apache-2.0
// Bytes that are not finished yet: pieces are appended to one growing buffer, which `finish` turns into `bytes` without
// copying it. For everybody; one builder is used by one thread at a time. One that was moved from, or has finished, is
// empty and can be used again. Appending throws std::bad_alloc and changes nothing then.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <dialtone/base/bytes.hpp>

namespace dialtone {

class bytes_builder {
 public:
  bytes_builder() noexcept = default;
  explicit bytes_builder(std::size_t capacity) { reserve(capacity); }
  bytes_builder(bytes_builder&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  bytes_builder& operator=(bytes_builder&& other) noexcept;
  ~bytes_builder() { discard(); }

  /// A piece may be a part of the builder's own content.
  bytes_builder& append(bytes_piece piece);
  bytes_builder& append(char character) { return append(std::string_view(&character, 1)); }
  bytes_builder& append(std::byte value) { return append(std::span<const std::byte>(&value, 1)); }
  /// Makes the content `count` longer. The new bytes have no value yet: the caller writes them.
  std::span<std::byte> extend(std::size_t count);

  /// Makes room for a content of `capacity`, so that nothing is allocated until it is exceeded.
  void reserve(std::size_t capacity);
  std::size_t capacity() const noexcept { return owner_ ? owner_->retained_size() : 0; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  /// The content so far, until it grows.
  std::string_view view() const noexcept;

  /// The content as bytes, which keep the whole capacity alive unless they are small (see bytes::compact).
  bytes finish();
  void clear() noexcept { size_ = 0; }

 private:
  std::size_t grown_capacity(std::size_t count) const;
  void discard() noexcept;

  detail::bytes_owner* owner_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace dialtone
