// SPDX-License-Identifier: Apache-2.0
// Any bytes in any pieces as chat: what the messages encode to is what was received; what is too long, or of no known
// type, ends the stream there; and where the pieces end changes nothing. The first byte says how long the pieces are.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/base/assert.hpp>
#include <dialtone/protocols/chat/protocol.hpp>

namespace chat = dialtone::chat;

namespace {

constexpr chat::decode_limits limits{.name = 300, .contents = 500};

struct outcome {
  std::vector<chat::message> messages;
  std::optional<chat::decode_error> failed;
  bool within = false;
  bool operator==(const outcome&) const = default;
};

outcome cut(std::string_view input, std::size_t piece) {
  outcome seen;
  chat::decoder decoder{limits};
  for (std::size_t at = 0; at < input.size(); at += piece) {
    decoder.receive(input.substr(at, piece));
    for (;;) {
      auto next = decoder.next();
      if (!next) {
        seen.failed = next.error();
        return seen;
      }
      if (!*next) break;
      seen.messages.push_back(std::move(**next));
    }
  }
  seen.within = decoder.within_message();
  return seen;
}

void check(const outcome& seen, std::string_view input) {
  std::string all;
  for (const chat::message& each : seen.messages) {
    all += std::visit([](const auto& sent) { return chat::encode(sent); }, each).view();
    if (const auto* sent = std::get_if<chat::broadcast_message>(&each))
      DIALTONE_ASSERT(sent->contents.size() <= limits.contents, "contents are within their limit");
  }
  DIALTONE_ASSERT(input.starts_with(all), "the messages are what was received");
  const std::string_view rest = input.substr(all.size());
  const bool is_garbage = !rest.empty() && rest[0] != 1 && rest[0] != 2;
  DIALTONE_ASSERT(is_garbage == (seen.failed == chat::decode_error::unknown_type),
                  "garbage is known by its first byte");
  if (!seen.failed) DIALTONE_ASSERT(seen.within == !rest.empty(), "what is left is a message that has begun");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
  const outcome whole = cut(input, std::max<std::size_t>(input.size(), 1));
  check(whole, input);
  DIALTONE_ASSERT(cut(input, data[0] % 50 + 1) == whole, "where pieces end changes nothing");
  return 0;
}
