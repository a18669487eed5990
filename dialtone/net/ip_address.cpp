// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/ip_address.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include <dialtone/net/address_reader.hpp>

namespace dialtone {

namespace {

using detail::address_reader;
using parsed = std::expected<ip_address, address_error>;

// --- IPv4 ---

std::expected<std::uint32_t, address_error> read_v4(address_reader& text) {
  std::uint32_t bits = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && !text.take('.'))
      return text.fail(text.at_end() ? address_fault::too_few_parts : address_fault::unexpected);
    auto number = text.decimal(255);
    if (!number) return std::unexpected{number.error()};
    bits = bits << 8 | static_cast<std::uint32_t>(*number);
  }
  if (text.next_is('.')) return text.fail(address_fault::too_many_parts);
  return bits;
}

parsed read_strict_v4(address_reader& text) {
  auto bits = read_v4(text);
  if (!bits) return std::unexpected{bits.error()};
  return ip_address::v4(*bits);
}

// "0x1f", "017", "15": whichever base its beginning says, as in C.
std::expected<std::uint64_t, address_error> read_c_number(address_reader& text) {
  if (!text.next_is('0')) return text.number(10);
  text.take('0');
  if (text.take('x') || text.take('X')) return text.number(16);
  return text.next_is_digit(10) ? text.number(8) : 0;
}

// The last number of a short form fills what the others leave: "127.1", "10.65537".
parsed read_lenient_v4(address_reader& text) {
  std::uint64_t bits = 0;
  for (int part = 0; part < 4; ++part) {
    auto number = read_c_number(text);
    if (!number) return std::unexpected{number.error()};
    const bool last = text.at_end();
    const std::uint64_t most = last ? 0xffffffffU >> (8 * part) : 255;
    if (*number > most) return text.fail(address_fault::number_too_large);
    bits |= last ? *number : *number << (8 * (3 - part));
    if (last) return ip_address::v4(static_cast<std::uint32_t>(bits));
    if (!text.take('.')) return text.fail(address_fault::unexpected);
  }
  return text.fail(address_fault::too_many_parts);
}

// --- IPv6 ---

/// The groups of an address on their way, and where its "::" stands.
struct groups_read {
  std::array<std::uint16_t, 8> groups{};
  std::size_t count = 0;
  std::optional<std::size_t> gap;

  void append(std::uint32_t group) { groups[count++] = static_cast<std::uint16_t>(group); }
  bool full() const { return count == groups.size(); }
  // Moves what stands behind the "::" to the end.
  void close_gap() {
    if (gap)
      std::rotate(groups.begin() + static_cast<std::ptrdiff_t>(*gap),
                  groups.begin() + static_cast<std::ptrdiff_t>(count), groups.end());
  }
};

std::optional<address_error> read_group(address_reader& text, groups_read& read) {
  if (read.full()) return text.error(address_fault::too_many_parts);
  if (text.part_has_dot()) {
    if (read.count > 6) return text.error(address_fault::too_many_parts);
    auto bits = read_v4(text);
    if (!bits) return bits.error();
    read.append(*bits >> 16);
    read.append(*bits & 0xffff);
    if (text.next_is(':')) return text.error(address_fault::unexpected);  // it is the last part
    return {};
  }
  auto group = text.hexadecimal_group();
  if (!group) return group.error();
  read.append(*group);
  return {};
}

// The groups up to the end or the scope. A "::" may stand before each and behind the last one.
std::optional<address_error> read_groups(address_reader& text, groups_read& read) {
  bool separated = true;  // whether a group may come: at the start, and behind a colon
  if (text.take("::"))
    read.gap = 0;
  else if (text.next_is(':'))
    return text.error(address_fault::number_expected);
  while (!text.at_end() && !text.next_is('%')) {
    if (!separated) return text.error(address_fault::unexpected);
    if (auto error = read_group(text, read)) return error;
    if (text.next_is_gap()) {
      if (read.gap) return text.error(address_fault::second_gap);
      text.take("::");
      read.gap = read.count;
    } else {
      separated = text.take(':');
      if (separated && (text.at_end() || text.next_is('%'))) return text.error(address_fault::number_expected);
    }
  }
  if (!read.gap && !read.full()) return text.error(address_fault::too_few_parts);
  if (read.gap && read.full()) return text.error(address_fault::too_many_parts);
  return {};
}

std::expected<std::uint32_t, address_error> read_scope(address_reader& text) {
  if (!text.take('%')) return 0;
  if (text.at_end()) return text.fail(address_fault::number_expected);
  if (!text.rest_is_digits()) return text.fail(address_fault::name_as_scope);
  const auto number = text.number(10);
  if (*number > std::numeric_limits<std::uint32_t>::max()) return text.fail(address_fault::number_too_large);
  return static_cast<std::uint32_t>(*number);
}

parsed read_v6(address_reader& text) {
  groups_read read;
  if (auto error = read_groups(text, read)) return std::unexpected{*error};
  read.close_gap();
  auto scope = read_scope(text);
  if (!scope) return std::unexpected{scope.error()};
  return ip_address::v6_groups(read.groups, *scope);
}

parsed parse_with(std::string_view given, parsed (*parse_v4)(address_reader&)) {
  if (given.empty()) return std::unexpected{address_error{address_fault::empty, 0}};
  if (given.size() > ip_address::text_limit)
    return std::unexpected{address_error{address_fault::too_long, ip_address::text_limit}};
  address_reader text{given};
  auto address = given.find(':') != std::string_view::npos ? read_v6(text) : parse_v4(text);
  if (address && !text.at_end()) return text.fail(address_fault::unexpected);
  return address;
}

// --- printing ---

struct run {
  std::size_t first = 0;
  std::size_t count = 0;
};

// RFC 5952, 4.2: the longest run of zero groups, the first of equals, none of a single one.
run longest_run_of_zeros(const ip_address& address) {
  run best, present;
  for (std::size_t i = 0; i < 8; ++i) {
    if (address.group(i) != 0) {
      present = {};
      continue;
    }
    if (present.count++ == 0) present.first = i;
    if (present.count > best.count) best = present;
  }
  return best.count > 1 ? best : run{8, 0};
}

void append_v4(std::string& text, std::uint32_t bits) {
  fmt::format_to(std::back_inserter(text), "{}.{}.{}.{}", bits >> 24, bits >> 16 & 255, bits >> 8 & 255, bits & 255);
}

void append_v6(std::string& text, const ip_address& address) {
  const run gap = longest_run_of_zeros(address);
  for (std::size_t i = 0; i < 8;) {
    if (i == gap.first) {
      text += "::";
      i += gap.count;
      continue;
    }
    fmt::format_to(std::back_inserter(text), "{:x}", address.group(i));
    ++i;
    if (i < 8 && i != gap.first) text += ':';
  }
}

}  // namespace

parsed ip_address::parse(std::string_view text) { return parse_with(text, read_strict_v4); }

parsed ip_address::parse_lenient(std::string_view text) { return parse_with(text, read_lenient_v4); }

std::string to_string(const ip_address& address) {
  std::string text;
  if (address.is_v4()) {
    append_v4(text, address.low_bits());
  } else if (address.is_v4_mapped()) {
    text = "::ffff:";
    append_v4(text, address.low_bits());
  } else {
    append_v6(text, address);
  }
  if (address.scope() != 0) fmt::format_to(std::back_inserter(text), "%{}", address.scope());
  return text;
}

}  // namespace dialtone

std::size_t std::hash<dialtone::ip_address>::operator()(const dialtone::ip_address& address) const noexcept {
  const auto bytes = address.bytes();
  // FNV-1a over 16 bytes at most; no defence against chosen keys, as std::hash has none.
  std::uint64_t result = 0xcbf29ce484222325 ^ address.scope();
  for (const std::uint8_t byte : bytes) result = (result ^ byte) * 0x100000001b3;
  return result ^ bytes.size();
}
