// SPDX-License-Identifier: Apache-2.0
// Reads the text of an address from left to right; for the parsers of addresses only. What it returns on a fault is the
// fault and where the reader stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include <dialtone/net/address_error.hpp>

namespace dialtone::detail {

class address_reader {
 public:
  explicit constexpr address_reader(std::string_view text) : text_{text} {}

  bool at_end() const { return at_ == text_.size(); }
  bool next_is(char wanted) const { return !at_end() && text_[at_] == wanted; }
  bool next_is_gap() const { return rest().starts_with("::"); }
  bool next_is_digit(int base) const { return !at_end() && digit_of(text_[at_]) < base; }
  bool rest_is_digits() const { return rest().find_first_not_of("0123456789") == std::string_view::npos; }
  /// Whether a dot comes before the next colon: the part is an IPv4 address.
  bool part_has_dot() const {
    const std::string_view part = rest().substr(0, rest().find_first_of(":%"));
    return part.find('.') != std::string_view::npos;
  }

  bool take(char wanted) {
    if (!next_is(wanted)) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view wanted) {
    if (!rest().starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }

  /// A number of any length; what does not fit into 32 bits is some number above them.
  std::expected<std::uint64_t, address_error> number(int base) {
    if (!next_is_digit(base)) return fail(no_number());
    std::uint64_t value = 0;
    for (; next_is_digit(base); ++at_)
      if (value <= 0xffffffffU)
        value = value * static_cast<unsigned>(base) + static_cast<unsigned>(digit_of(text_[at_]));
    return value;
  }
  /// A number without leading zeros, at most `most`.
  std::expected<std::uint64_t, address_error> decimal(std::uint64_t most) {
    const address_reader start = *this;
    auto value = number(10);
    if (!value) return value;
    if (start.next_is('0') && at_ - start.at_ > 1) return start.fail(address_fault::leading_zero);
    if (*value > most) return start.fail(address_fault::number_too_large);
    return value;
  }
  /// One to four digits.
  std::expected<std::uint32_t, address_error> hexadecimal_group() {
    const address_reader start = *this;
    auto value = number(16);
    if (!value) return std::unexpected{value.error()};
    if (at_ - start.at_ > 4) return start.fail(address_fault::number_too_large);
    return static_cast<std::uint32_t>(*value);
  }

  address_error error(address_fault fault) const { return {fault, static_cast<std::uint32_t>(at_)}; }
  std::unexpected<address_error> fail(address_fault fault) const { return std::unexpected{error(fault)}; }

 private:
  static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
  }
  std::string_view rest() const { return text_.substr(at_); }
  address_fault no_number() const {
    const bool cut = at_end() || next_is('.') || next_is(':') || next_is('%') || next_is('/');
    return cut ? address_fault::number_expected : address_fault::unexpected;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace dialtone::detail
