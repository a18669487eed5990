// SPDX-License-Identifier: Apache-2.0
// An immutable slice of bytes, for everybody: what sockets receive and send, and what messages carry instead of large
// strings. A regular value of 24 bytes. Up to 23 bytes lie in the value itself; more lie in a buffer that all slices of
// it share by an atomic count of references, so a slice may go to any thread; the last one frees the buffer, there.
// As with any value, one object must not be written to by one thread while another uses it. A value that was moved from
// is empty. Sizes end at 2^56 - 1. Positions and counts beyond the end are faults of the caller and asserted.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include <dialtone/base/assert.hpp>
#include <dialtone/base/bytes_owner.hpp>
#include <dialtone/base/enable_sendable.hpp>

namespace dialtone {

class bytes;

template <class Text>
concept text_like = std::convertible_to<const Text&, std::string_view> && !std::same_as<Text, bytes>;

class bytes {
 public:
  using value_type = std::byte;
  using const_iterator = const std::byte*;
  using iterator = const_iterator;
  /// Gives a buffer back to whoever lent it, on whatever thread drops the last slice.
  using release_function = void (*)(void* context, const std::byte* data, std::size_t size) noexcept;

  static constexpr std::size_t inline_capacity = 23;
  static constexpr std::size_t max_size = (std::size_t{1} << 56) - 1;
  static constexpr std::size_t npos = std::string_view::npos;

  constexpr bytes() noexcept = default;
  bytes(const char* text) : bytes(std::string_view(text)) {}  ///< Up to the first zero.
  bytes(std::string_view text) : bytes(std::as_bytes(std::span(text))) {}
  bytes(const std::string& text) : bytes(std::string_view(text)) {}
  bytes(std::span<const std::byte> data);
  bytes(std::string&& text);             ///< Takes the string's buffer when it is large.
  bytes(std::vector<std::byte>&& data);  ///< Takes the vector's buffer when it is large.
  bytes(std::nullptr_t) = delete;

  bytes(const bytes& other) noexcept : raw_(other.raw_) {
    if (!is_inline()) shared().owner->retain();
  }
  bytes(bytes&& other) noexcept : raw_(std::exchange(other.raw_, {})) {}
  bytes& operator=(const bytes& other) noexcept { return *this = bytes(other); }
  bytes& operator=(bytes&& other) noexcept {
    bytes dropped(std::move(other));
    dropped.raw_ = std::exchange(raw_, dropped.raw_);  // whole: std::swap goes byte by byte
    return *this;
  }
  ~bytes() {
    if (!is_inline()) shared().owner->release();
  }

  static bytes copy(std::span<const std::byte> data) { return data; }
  static bytes copy(std::string_view text) { return text; }
  /// Shares a buffer of somebody else's (a driver's) until `release` is called; what fits inline is copied, and
  /// `release` called before this returns. It is also called before this throws std::bad_alloc.
  static bytes adopt(const std::byte* data, std::size_t size, release_function release, void* context);

  std::size_t size() const noexcept {
    return is_inline() ? static_cast<std::size_t>(raw_[mark_index]) : shared().marked_size & max_size;
  }
  bool empty() const noexcept { return size() == 0; }
  /// Of an inline value they lie in the value itself, and move with it.
  const std::byte* data() const noexcept { return is_inline() ? raw_.data() : shared().data; }
  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(data()), size()}; }
  std::span<const std::byte> span() const noexcept { return {data(), size()}; }
  const_iterator begin() const noexcept { return data(); }
  const_iterator end() const noexcept { return data() + size(); }
  std::byte operator[](std::size_t index) const {
    DIALTONE_ASSERT(index < size(), "an index into bytes must be less than their size");
    return data()[index];
  }

  /// Shares the buffer, unless the slice fits inline: then it is copied and keeps nothing alive.
  bytes slice(std::size_t offset, std::size_t count) const;
  bytes first(std::size_t count) const { return slice(0, count); }
  bytes last(std::size_t count) const;
  bytes drop(std::size_t count) const;  ///< All but the first `count`.
  /// A copy of its own when this keeps alive a buffer of at least four times its size, else the same.
  bytes compact() const;

  bool starts_with(std::string_view text) const noexcept { return view().starts_with(text); }
  bool ends_with(std::string_view text) const noexcept { return view().ends_with(text); }
  /// The position of the first occurrence at or after `from`, or npos.
  std::size_t find(std::string_view text, std::size_t from = 0) const noexcept { return view().find(text, from); }
  std::size_t find(char character, std::size_t from = 0) const noexcept { return view().find(character, from); }

  bool is_inline() const noexcept { return raw_[mark_index] != shared_mark; }
  /// How many slices share the buffer: zero for inline ones. Old news as soon as it is read while others use the
  /// buffer.
  std::size_t use_count() const noexcept { return is_inline() ? 0 : shared().owner->use_count(); }
  bool is_shared() const noexcept { return use_count() > 1; }
  std::size_t retained_size() const noexcept { return is_inline() ? 0 : shared().owner->retained_size(); }

  friend bool operator==(const bytes& a, const bytes& b) noexcept { return a.view() == b.view(); }
  friend std::strong_ordering operator<=>(const bytes& a, const bytes& b) noexcept { return a.view() <=> b.view(); }
  template <text_like Text>
  friend bool operator==(const bytes& a, const Text& b) noexcept {
    return a.view() == std::string_view(b);
  }
  template <text_like Text>
  friend std::strong_ordering operator<=>(const bytes& a, const Text& b) noexcept {
    return a.view() <=> std::string_view(b);
  }

 private:
  friend class bytes_builder;

  // The last byte of the value is the mark: the size of inline bytes, or shared_mark. Of a shared slice it is the
  // highest byte of the size.
  struct shared_slice {
    const std::byte* data;
    detail::bytes_owner* owner;
    std::size_t marked_size;
  };
  static constexpr std::size_t mark_index = 23;
  static constexpr std::byte shared_mark{0xff};
  static_assert(std::endian::native == std::endian::little && sizeof(shared_slice) == 24,
                "the mark must be the last byte of the size");

  /// Takes one reference over.
  bytes(detail::bytes_owner* owner, const std::byte* data, std::size_t size);
  shared_slice shared() const noexcept { return std::bit_cast<shared_slice>(raw_); }

  alignas(shared_slice) std::array<std::byte, 24> raw_{};
};

/// Text or bytes to copy from, as a parameter: only for the duration of the call.
class bytes_piece {
 public:
  template <text_like Text>
  bytes_piece(const Text& text) : text_(text) {}
  bytes_piece(const bytes& data) : text_(data.view()) {}
  bytes_piece(std::span<const std::byte> data) : text_(reinterpret_cast<const char*>(data.data()), data.size()) {}
  std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

/// The pieces one after the other, with one allocation at most.
bytes concat(std::initializer_list<bytes_piece> pieces);

template <>
inline constexpr bool enable_sendable<bytes> = true;

namespace detail {
/// Printable ASCII as it is, all else as in a string literal: \n, \x00.
std::string escaped(std::string_view text);
}  // namespace detail
}  // namespace dialtone

/// The same for bytes and for text, so that a map of bytes can be asked for text: unordered_map<bytes, T,
/// std::hash<bytes>, std::equal_to<>>.
template <>
struct std::hash<dialtone::bytes> {
  using is_transparent = void;
  std::size_t operator()(const dialtone::bytes_piece& piece) const noexcept {
    return std::hash<std::string_view>()(piece.view());
  }
};

/// Escaped, then with the format of text: width, precision, fill.
template <>
struct fmt::formatter<dialtone::bytes> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const dialtone::bytes& data, Context& context) const {
    return fmt::formatter<std::string_view>::format(dialtone::detail::escaped(data.view()), context);
  }
};
