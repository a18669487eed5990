// SPDX-License-Identifier: Apache-2.0
#include <dialtone/base/bytes_list.hpp>

#include <algorithm>

#include <dialtone/base/bytes_builder.hpp>

namespace dialtone {

bytes_list::bytes_list(std::initializer_list<bytes> pieces) {
  pieces_.reserve(pieces.size());
  for (const bytes& piece : pieces) append(piece);
}

bytes_list& bytes_list::operator=(bytes_list&& other) noexcept {
  bytes_list taken(std::move(other));
  std::swap(pieces_, taken.pieces_);
  std::swap(size_, taken.size_);
  return *this;
}

bytes_list& bytes_list::append(bytes piece) {
  if (piece.empty()) return *this;
  const std::size_t added = piece.size();
  DIALTONE_ASSERT(added <= bytes::max_size - size_, "a list of bytes must be at most 2^56 - 1 bytes");
  if (!pieces_.empty() && pieces_.back().size() + added <= bytes::inline_capacity) {
    pieces_.back() = concat({pieces_.back(), piece});
  } else {
    pieces_.push_back(std::move(piece));
  }
  size_ += added;
  return *this;
}

bytes_list& bytes_list::append(const bytes_list& other) { return append(bytes_list(other)); }

bytes_list& bytes_list::append(bytes_list&& other) {
  if (this == &other) return append(bytes_list(other));
  bytes_list taken(std::move(other));
  if (empty()) return *this = std::move(taken);
  for (bytes& piece : taken.pieces_) append(std::move(piece));
  return *this;
}

bytes bytes_list::flatten() const {
  if (pieces_.empty()) return {};
  if (pieces_.size() == 1) return pieces_.front();
  bytes_builder builder(size_);
  for (const bytes& piece : pieces_) builder.append(piece);
  return builder.finish();
}

void bytes_list::clear() noexcept {
  pieces_.clear();
  size_ = 0;
}

bool operator==(const bytes_list& a, const bytes_list& b) noexcept {
  if (a.size_ != b.size_) return false;
  std::size_t at_a = 0, at_b = 0, piece_a = 0, piece_b = 0;
  while (piece_a < a.pieces_.size()) {
    const std::string_view rest_a = a.pieces_[piece_a].view().substr(at_a);
    const std::string_view rest_b = b.pieces_[piece_b].view().substr(at_b);
    const std::size_t common = std::min(rest_a.size(), rest_b.size());
    if (rest_a.substr(0, common) != rest_b.substr(0, common)) return false;
    at_a = common == rest_a.size() ? (++piece_a, 0) : at_a + common;
    at_b = common == rest_b.size() ? (++piece_b, 0) : at_b + common;
  }
  return true;
}

}  // namespace dialtone
