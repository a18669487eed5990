// SPDX-License-Identifier: Apache-2.0
// Any bytes in any pieces as lines: the lines one after the other, and what is left, are what was received; nothing is
// kept beyond the limit; and where the pieces end changes nothing. The first byte says how long the pieces are.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/base/assert.hpp>
#include <dialtone/protocols/echo/protocol.hpp>

namespace {

constexpr std::size_t limit = 40;

struct outcome {
  std::vector<std::string> lines;
  bool failed = false;
  bool operator==(const outcome&) const = default;
};

outcome cut(std::string_view input, std::size_t piece) {
  outcome seen;
  dialtone::echo::line_decoder decoder{limit};
  for (std::size_t at = 0; at < input.size(); at += piece) {
    decoder.receive(input.substr(at, piece));
    for (;;) {
      auto line = decoder.next();
      seen.failed = !line;
      if (seen.failed) return seen;
      if (!*line) break;
      seen.lines.emplace_back((*line)->view());
    }
  }
  return seen;
}

void check(const outcome& seen, std::string_view input) {
  std::string all;
  for (const std::string& line : seen.lines) {
    DIALTONE_ASSERT(line.size() <= limit, "a line is within the limit");
    DIALTONE_ASSERT(line.find('\n') == line.size() - 1, "a line has one end, and that is its last byte");
    all += line;
  }
  DIALTONE_ASSERT(input.starts_with(all), "the lines are what was received");
  const std::size_t rest = std::min(input.find('\n', all.size()), input.size()) - all.size();
  DIALTONE_ASSERT(seen.failed == (rest >= limit), "what cannot end within the limit is refused, nothing else");
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
