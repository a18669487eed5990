// SPDX-License-Identifier: Apache-2.0
#include <dialtone/base/bytes.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <dialtone/base/bytes_builder.hpp>

namespace dialtone {

namespace detail {

bytes_owner* bytes_owner::allocate(std::size_t capacity) {
  DIALTONE_ASSERT(capacity <= bytes::max_size, "bytes must be at most 2^56 - 1");
  void* memory = ::operator new(sizeof(bytes_owner) + capacity);
  return new (memory) bytes_owner(capacity, [](bytes_owner* self) noexcept {
    self->~bytes_owner();
    ::operator delete(self);
  });
}

namespace {

/// A container that was moved here with its buffer.
template <class Container>
class container_owner final : public bytes_owner {
 public:
  explicit container_owner(Container&& content)
      : bytes_owner(content.capacity(), [](bytes_owner* self) noexcept { delete static_cast<container_owner*>(self); }),
        content_(std::move(content)) {}
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(content_.data()); }

 private:
  const Container content_;
};

class lent_owner final : public bytes_owner {
 public:
  lent_owner(const std::byte* data, std::size_t size, bytes::release_function release, void* context)
      : bytes_owner(size, give_back), data_(data), release_(release), context_(context) {}

 private:
  static void give_back(bytes_owner* owner) noexcept {
    const std::unique_ptr<lent_owner> self(static_cast<lent_owner*>(owner));
    self->release_(self->context_, self->data_, self->retained_size());
  }

  const std::byte* data_;
  bytes::release_function release_;
  void* context_;
};

void append_escaped(std::string& out, char character) {
  static constexpr std::string_view digits = "0123456789abcdef";
  switch (character) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  if (character >= ' ' && character <= '~') {
    out += character;
    return;
  }
  const auto code = static_cast<unsigned char>(character);
  out += "\\x";
  out += digits[code / 16];
  out += digits[code % 16];
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char character : text) append_escaped(out, character);
  return out;
}

}  // namespace detail

bytes::bytes(std::span<const std::byte> data) {
  if (data.size() <= inline_capacity) {
    std::ranges::copy(data, raw_.begin());
    raw_[mark_index] = static_cast<std::byte>(data.size());
    return;
  }
  detail::bytes_owner* owner = detail::bytes_owner::allocate(data.size());
  std::memcpy(owner->buffer(), data.data(), data.size());
  *this = bytes(owner, owner->buffer(), data.size());
}

bytes::bytes(detail::bytes_owner* owner, const std::byte* data, std::size_t size)
    : raw_(std::bit_cast<decltype(raw_)>(
          shared_slice{data, owner, size | std::to_integer<std::size_t>(shared_mark) << 56})) {
  DIALTONE_ASSERT(size <= max_size, "bytes must be at most 2^56 - 1");
}

bytes::bytes(std::string&& text) {
  if (text.size() <= inline_capacity) {
    *this = bytes(std::string_view(text));
    text.clear();
    return;
  }
  const std::size_t size = text.size();
  auto* owner = new detail::container_owner<std::string>(std::move(text));
  *this = bytes(owner, owner->data(), size);
}

bytes::bytes(std::vector<std::byte>&& data) {
  if (data.size() <= inline_capacity) {
    *this = bytes(std::span<const std::byte>(data));
    data.clear();
    return;
  }
  const std::size_t size = data.size();
  auto* owner = new detail::container_owner<std::vector<std::byte>>(std::move(data));
  *this = bytes(owner, owner->data(), size);
}

bytes bytes::adopt(const std::byte* data, std::size_t size, release_function release, void* context) {
  DIALTONE_ASSERT(release != nullptr, "a buffer that is adopted needs a function that releases it");
  if (size <= inline_capacity) {
    bytes copied(std::span(data, size));
    release(context, data, size);
    return copied;
  }
  auto* owner = new (std::nothrow) detail::lent_owner(data, size, release, context);
  if (!owner) {
    release(context, data, size);
    throw std::bad_alloc();
  }
  return bytes(owner, data, size);
}

bytes bytes::slice(std::size_t offset, std::size_t count) const {
  DIALTONE_ASSERT(offset <= size(), "a slice of bytes must begin within them");
  DIALTONE_ASSERT(count <= size() - offset, "a slice of bytes must end within them");
  if (count <= inline_capacity) return span().subspan(offset, count);
  const shared_slice whole = shared();
  whole.owner->retain();
  return bytes(whole.owner, whole.data + offset, count);
}

bytes bytes::last(std::size_t count) const {
  DIALTONE_ASSERT(count <= size(), "the last of bytes must be at most all of them");
  return slice(size() - count, count);
}

bytes bytes::drop(std::size_t count) const {
  DIALTONE_ASSERT(count <= size(), "what is dropped from bytes must be at most all of them");
  return slice(count, size() - count);
}

bytes bytes::compact() const {
  const bool wasteful = !is_inline() && retained_size() / 4 >= size();
  return wasteful ? bytes(span()) : *this;
}

bytes concat(std::initializer_list<bytes_piece> pieces) {
  std::size_t size = 0;
  for (const bytes_piece& piece : pieces) size += piece.view().size();
  if (size > bytes::inline_capacity) {
    bytes_builder builder(size);
    for (const bytes_piece& piece : pieces) builder.append(piece);
    return builder.finish();
  }
  std::array<char, bytes::inline_capacity> small;
  std::size_t at = 0;
  for (const bytes_piece& piece : pieces) at += piece.view().copy(small.data() + at, small.size() - at);
  return std::string_view(small.data(), size);
}

}  // namespace dialtone
