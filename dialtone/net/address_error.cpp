// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/address_error.hpp>

#include <fmt/format.h>

namespace dialtone {

namespace {

const char* sentence(address_fault fault) {
  switch (fault) {
    case address_fault::empty:
      return "the address is empty";
    case address_fault::too_long:
      return "the address is too long";
    case address_fault::unexpected:
      return "a character that cannot stand there";
    case address_fault::number_expected:
      return "a number is missing";
    case address_fault::number_too_large:
      return "a number is too large";
    case address_fault::leading_zero:
      return "a number begins with a zero";
    case address_fault::too_few_parts:
      return "there are too few parts";
    case address_fault::too_many_parts:
      return "there are too many parts";
    case address_fault::second_gap:
      return "'::' may stand once only";
    case address_fault::name_as_scope:
      return "the scope is not the number of an interface";
    case address_fault::port_expected:
      return "a port is missing";
    case address_fault::brackets_missing:
      return "an IPv6 address before a port needs brackets";
    case address_fault::prefix_expected:
      return "the length of the prefix is missing";
    case address_fault::prefix_too_long:
      return "the prefix is longer than the address";
    case address_fault::host_bits:
      return "there are bits behind the prefix";
    case address_fault::zero_byte:
      return "a path has no zero byte";
  }
  return "?";
}

}  // namespace

std::string to_string(const address_error& error) {
  if (error.fault == address_fault::empty) return sentence(error.fault);
  return fmt::format("{}, at character {}", sentence(error.fault), error.position + 1);
}

}  // namespace dialtone
