// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/hello/protocol.hpp>

namespace dialtone::hello {

namespace {

constexpr std::string_view before = "Hello, ";
constexpr std::string_view behind = "!\r\n";

}  // namespace

const char* to_string(decode_error error) {
  switch (error) {
    case decode_error::name_too_long:
      return "name too long";
    case decode_error::no_question:
      return "not the question";
    case decode_error::no_greeting:
      return "not a greeting";
  }
  return "unknown";
}

std::expected<bytes, decode_error> decode_name(const bytes& received, std::size_t limit) {
  std::size_t size = received.size();
  if (received.ends_with("\r\n"))
    size -= 2;
  else if (received.ends_with("\n"))
    size -= 1;
  if (size > limit) return std::unexpected{decode_error::name_too_long};
  return received.first(size);
}

bytes encode_greeting(const bytes& name) { return concat({before, name, behind}); }

std::expected<bool, decode_error> decode_question(const bytes& received) {
  if (!question.starts_with(received.view())) return std::unexpected{decode_error::no_question};
  return received.size() == question.size();
}

std::expected<bytes, decode_error> decode_greeting(const bytes& received) {
  const bool fits = received.size() >= before.size() + behind.size();
  if (!fits || !received.starts_with(before) || !received.ends_with(behind))
    return std::unexpected{decode_error::no_greeting};
  return received.slice(before.size(), received.size() - before.size() - behind.size());
}

}  // namespace dialtone::hello
