// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/echo/protocol.hpp>

#include <utility>

namespace dialtone::echo {

const char* to_string(decode_error error) {
  switch (error) {
    case decode_error::line_too_long:
      return "line too long";
  }
  return "unknown";
}

void line_decoder::receive(bytes data) {
  DIALTONE_ASSERT(received_.empty(), "lines are taken before more is received");
  received_ = std::move(data);
}

std::expected<std::optional<bytes>, decode_error> line_decoder::next() {
  if (failed_) return std::unexpected{decode_error::line_too_long};
  const std::size_t end = received_.find('\n');
  // A line that has not ended yet needs one byte more at least.
  const std::size_t least = begun_.size() + (end == bytes::npos ? received_.size() : end) + 1;
  if (least > limit_) {
    failed_ = true;
    return std::unexpected{decode_error::line_too_long};
  }
  if (end == bytes::npos) {
    begun_.append(std::exchange(received_, {}));
    return std::nullopt;
  }
  bytes line = received_.first(end + 1);
  received_ = received_.drop(end + 1);
  if (!begun_.empty()) line = begun_.append(line).finish();
  return line;
}

}  // namespace dialtone::echo
