// SPDX-License-Identifier: Apache-2.0
// Why a text is no address, network or socket address, and where in it that shows. A value of 8 bytes; for everybody.
#pragma once

#include <cstdint>
#include <string>

namespace dialtone {

enum class address_fault : std::uint8_t {
  empty,            ///< no text
  too_long,         ///< longer than any address: 64 characters, for a Unix path 107 bytes
  unexpected,       ///< a character that cannot stand there
  number_expected,  ///< a part without digits
  number_too_large,
  leading_zero,      ///< "010" is 8 to some and 10 to others: refused by the strict functions
  too_few_parts,     ///< less than 4 numbers, or less than 8 groups without "::"
  too_many_parts,    ///< more than that, or a "::" that stands for nothing
  second_gap,        ///< "::" twice
  name_as_scope,     ///< "%eth0" in place of the number of an interface: see resolver, which knows the names
  port_expected,     ///< no ":port" at the end
  brackets_missing,  ///< an IPv6 address and a port are written [::1]:80
  prefix_expected,   ///< no "/length" at the end
  prefix_too_long,   ///< above 32, or 128
  host_bits,         ///< a network with bits behind its prefix, as 10.0.0.1/8
  zero_byte,         ///< in a Unix path
};

struct address_error {
  address_fault fault = address_fault::empty;
  /// In the text, from 0.
  std::uint32_t position = 0;
  friend bool operator==(const address_error&, const address_error&) = default;
};

/// "a number is too large, at character 9"; characters are counted from 1.
std::string to_string(const address_error& error);

}  // namespace dialtone
