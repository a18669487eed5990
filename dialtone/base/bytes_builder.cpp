// SPDX-License-Identifier: Apache-2.0
#include <dialtone/base/bytes_builder.hpp>

#include <algorithm>
#include <cstring>

namespace dialtone {

namespace {

constexpr std::size_t smallest_capacity = 64;

void copy_to(std::byte* target, std::string_view text) {
  if (!text.empty()) std::memcpy(target, text.data(), text.size());
}

}  // namespace

bytes_builder& bytes_builder::operator=(bytes_builder&& other) noexcept {
  bytes_builder taken(std::move(other));
  std::swap(owner_, taken.owner_);
  std::swap(size_, taken.size_);
  return *this;
}

bytes_builder& bytes_builder::append(bytes_piece piece) {
  const std::string_view text = piece.view();
  if (text.size() <= capacity() - size_) {
    if (!text.empty()) copy_to(owner_->buffer() + size_, text);
    size_ += text.size();
    return *this;
  }
  // The old buffer stays until the piece is copied: it may lie in there.
  bytes_builder grown(grown_capacity(text.size()));
  copy_to(grown.owner_->buffer(), view());
  copy_to(grown.owner_->buffer() + size_, text);
  grown.size_ = size_ + text.size();
  return *this = std::move(grown);
}

std::span<std::byte> bytes_builder::extend(std::size_t count) {
  if (count > capacity() - size_) reserve(grown_capacity(count));
  if (count == 0) return {};
  const std::span<std::byte> added(owner_->buffer() + size_, count);
  size_ += count;
  return added;
}

void bytes_builder::reserve(std::size_t capacity) {
  if (capacity <= this->capacity()) return;
  detail::bytes_owner* owner = detail::bytes_owner::allocate(capacity);
  copy_to(owner->buffer(), view());
  if (owner_) owner_->release();
  owner_ = owner;
}

std::string_view bytes_builder::view() const noexcept {
  return owner_ ? std::string_view(reinterpret_cast<const char*>(owner_->buffer()), size_) : std::string_view();
}

bytes bytes_builder::finish() {
  if (size_ <= bytes::inline_capacity) {
    bytes small(view());
    discard();
    return small;
  }
  detail::bytes_owner* owner = std::exchange(owner_, nullptr);
  return bytes(owner, owner->buffer(), std::exchange(size_, 0));
}

std::size_t bytes_builder::grown_capacity(std::size_t count) const {
  DIALTONE_ASSERT(count <= bytes::max_size - size_, "bytes must be at most 2^56 - 1");
  return std::max({size_ + count, std::min(capacity() * 2, bytes::max_size), smallest_capacity});
}

void bytes_builder::discard() noexcept {
  if (owner_) std::exchange(owner_, nullptr)->release();
  size_ = 0;
}

}  // namespace dialtone
