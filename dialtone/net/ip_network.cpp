// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/ip_network.hpp>

#include <fmt/format.h>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/address_reader.hpp>

namespace dialtone {

namespace {

// The byte at `index` of the mask of `length` bits.
std::uint8_t mask_byte(std::size_t index, std::size_t length) {
  if (length >= 8 * (index + 1)) return 0xff;
  return length <= 8 * index ? 0 : static_cast<std::uint8_t>(0xff00U >> (length - 8 * index));
}

// Each byte of the address, changed by that of the mask.
template <class Change>
ip_address change_bytes(const ip_address& address, std::size_t length, Change change) {
  std::array<std::uint8_t, 16> bytes{};
  const auto given = address.bytes();
  for (std::size_t i = 0; i < given.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(change(given[i], mask_byte(i, length)));
  return address.is_v4() ? ip_address::v4(bytes[0], bytes[1], bytes[2], bytes[3]) : ip_address::v6(bytes);
}

ip_address first_of(const ip_address& address, std::size_t length) {
  return change_bytes(address, length, [](unsigned byte, unsigned mask) { return byte & mask; });
}

}  // namespace

ip_network::ip_network(const ip_address& address, std::uint8_t prefix_length)
    : address_{first_of(address, prefix_length)}, prefix_length_{prefix_length} {
  DIALTONE_ASSERT(prefix_length <= address.bit_count(), "a prefix is no longer than the address");
}

std::expected<ip_network, address_error> ip_network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  auto address = ip_address::parse(text.substr(0, slash));
  if (!address) return std::unexpected{address.error()};
  detail::address_reader reader{text};
  if (slash == std::string_view::npos) {
    reader.take(text);
    return reader.fail(address_fault::prefix_expected);
  }
  reader.take(text.substr(0, slash + 1));
  const detail::address_reader behind_slash = reader;
  auto length = reader.decimal(0xffffffff);
  if (!length) return std::unexpected{length.error()};
  if (!reader.at_end()) return reader.fail(address_fault::unexpected);
  if (*length > address->bit_count()) return behind_slash.fail(address_fault::prefix_too_long);
  ip_network result{*address, static_cast<std::uint8_t>(*length)};
  if (result.address() != address->with_scope(0)) return std::unexpected{address_error{address_fault::host_bits, 0}};
  return result;
}

ip_address ip_network::netmask() const {
  return change_bytes(address_, prefix_length_, [](unsigned, unsigned mask) { return mask; });
}

ip_address ip_network::last() const {
  return change_bytes(address_, prefix_length_, [](unsigned byte, unsigned mask) { return byte | ~mask; });
}

bool ip_network::contains(const ip_address& address) const {
  const ip_address other = address_.is_v4() ? address.unmapped() : address;
  return other.family() == address_.family() && first_of(other, prefix_length_) == address_;
}

bool ip_network::contains(const ip_network& other) const {
  return other.prefix_length_ >= prefix_length_ && other.address_.family() == address_.family() &&
         contains(other.address_);
}

std::optional<std::uint8_t> prefix_length_of(const ip_address& netmask) {
  for (std::size_t bits = 0; bits <= netmask.bit_count(); ++bits) {
    const auto length = static_cast<std::uint8_t>(bits);
    if (ip_network{ip_address::any(netmask.family()), length}.netmask() == netmask.with_scope(0)) return length;
  }
  return {};
}

std::string to_string(const ip_network& network) {
  return fmt::format("{}/{}", network.address(), network.prefix_length());
}

}  // namespace dialtone
