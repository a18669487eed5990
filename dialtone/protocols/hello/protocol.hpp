// SPDX-License-Identifier: Apache-2.0
// Hello: the server asks who is there, is told a name, and says hello.
//
//   server: "HELLO?"                  without an end of line
//   client: name [ CR LF | LF ]       nothing says where it ends: the first bytes that arrive are the name
//   server: "Hello, " name "!" CR LF  and closes
//
// A pure codec, for everybody; the functions have no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include <dialtone/base/bytes.hpp>

namespace dialtone::hello {

inline constexpr std::uint16_t default_port = 4001;
inline constexpr std::string_view question = "HELLO?";

/// Bytes of a name: longer than any, and much less than what may arrive at once.
inline constexpr std::size_t name_limit = 1024;

/// What the peer has done wrong.
enum class decode_error : std::uint8_t {
  name_too_long,
  no_question,  ///< what came first is not the question
  no_greeting,  ///< what came last is not "Hello, ...!"
};
const char* to_string(decode_error error);

// The server's side.

/// The first bytes that have arrived, without the one end of line behind them, if there is one. The limit is of what is
/// left; no byte at all is a name too.
std::expected<bytes, decode_error> decode_name(const bytes& received, std::size_t limit = name_limit);
bytes encode_greeting(const bytes& name);

// The client's side: what has been received so far, in whatever pieces.

/// Whether the question is there as a whole. More than that is no_question.
std::expected<bool, decode_error> decode_question(const bytes& received);
/// The name in the greeting, when the server has closed.
std::expected<bytes, decode_error> decode_greeting(const bytes& received);

}  // namespace dialtone::hello
