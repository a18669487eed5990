// SPDX-License-Identifier: Apache-2.0
// Whatever text: it is no URL and the fault lies within it, or it is one that prints as a text that means the
// same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/endpoint_url.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto parsed = dialtone::endpoint_url::parse(text);
  if (!parsed) {
    DIALTONE_ASSERT(parsed.error().position <= text.size(), "a fault lies within the text");
    DIALTONE_ASSERT(!to_string(parsed.error()).empty(), "a fault has a sentence");
    return 0;
  }
  const std::string printed = to_string(*parsed);
  if (parsed->scheme() == dialtone::endpoint_scheme::local) {
    // Any bytes may be in it, and it is printed for people.
    DIALTONE_ASSERT(parsed->address()->is_unix() && parsed->port() == 0, "a Unix socket has a name and no port");
    return 0;
  }
  const auto again = dialtone::endpoint_url::parse(printed);
  DIALTONE_ASSERT(again.has_value(), "what is printed is read");
  DIALTONE_ASSERT(*again == *parsed, "what is printed means the same");
  DIALTONE_ASSERT(to_string(*again) == printed, "a URL has one text");
  DIALTONE_ASSERT(parsed->with_port(9).port() == 9, "a port can be replaced");
  return 0;
}
