// SPDX-License-Identifier: Apache-2.0
// Echo: what is sent comes back. Raw, bytes as they come, which needs no codec; or by lines, of which only whole ones
// come back:
//
//   line = { any byte but LF } LF                      at most line_limit bytes, the LF among them
//
// A pure codec, for everybody. One decoder is used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include <dialtone/base/bytes.hpp>
#include <dialtone/base/bytes_builder.hpp>

namespace dialtone::echo {

inline constexpr std::uint16_t default_port = 5555;
inline constexpr std::uint16_t default_line_port = 4000;

/// Bytes of a line: more than anybody types, and what a peer that never ends its line can make a server keep.
inline constexpr std::size_t line_limit = std::size_t{64} * 1024;

/// What the peer has done wrong.
enum class decode_error : std::uint8_t {
  line_too_long,  ///< it cannot end within the limit any more
};
const char* to_string(decode_error error);

/// Cuts what is received into lines, wherever its pieces end.
class line_decoder {
 public:
  explicit line_decoder(std::size_t limit = line_limit) : limit_{limit} {}

  /// Behind what was received before, all of which has been taken by `next`.
  void receive(bytes data);
  /// The next line, with its end; empty: not yet. After an error there is none any more.
  std::expected<std::optional<bytes>, decode_error> next();

 private:
  std::size_t limit_;
  bytes_builder begun_;  // of a line, from earlier pieces
  bytes received_;
  bool failed_ = false;
};

}  // namespace dialtone::echo
