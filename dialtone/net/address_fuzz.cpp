// SPDX-License-Identifier: Apache-2.0
// Whatever text: it is no address and the fault lies within it, or it is one that prints as a text that means the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/address.hpp>
#include <dialtone/net/ip_network.hpp>

namespace {

template <class Address>
void check(std::string_view text, std::expected<Address, dialtone::address_error> (*parse)(std::string_view)) {
  const auto parsed = parse(text);
  if (!parsed) {
    DIALTONE_ASSERT(parsed.error().position <= text.size(), "a fault lies within the text");
    DIALTONE_ASSERT(!to_string(parsed.error()).empty(), "a fault has a sentence");
    return;
  }
  const std::string printed = to_string(*parsed);
  const auto again = Address::parse(printed);
  DIALTONE_ASSERT(again.has_value(), "what is printed is read");
  DIALTONE_ASSERT(*again == *parsed, "what is printed means the same");
  DIALTONE_ASSERT(to_string(*again) == printed, "an address has one text");
}

void check_socket_address(std::string_view text) {
  const auto parsed = dialtone::socket_address::parse(text);
  // A Unix name may be any bytes, and is printed for people.
  if (!parsed || parsed->is_ip()) return check(text, &dialtone::socket_address::parse);
  DIALTONE_ASSERT(dialtone::from_socket_name(to_socket_name(*parsed)) == parsed, "the system's form means the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check(text, &dialtone::ip_address::parse);
  check(text, &dialtone::ip_address::parse_lenient);
  check(text, &dialtone::ip_network::parse);
  check_socket_address(text);
  const auto strict = dialtone::ip_address::parse(text);
  DIALTONE_ASSERT(!strict || dialtone::ip_address::parse_lenient(text) == strict, "what is strict is lenient too");
  return 0;
}
