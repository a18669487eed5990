// SPDX-License-Identifier: Apache-2.0
// Daytime (RFC 867): the server says the date and the time, and closes; over UDP it answers any datagram with one. What
// the text looks like is left to the server; ours is, in UTC,
//
//   2026-11-22T07:31:05Z CR LF                        RFC 3339, which is a form of ISO 8601
//
// A pure codec, for everybody; the functions have no state.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <dialtone/base/bytes.hpp>

namespace dialtone::daytime {

inline constexpr std::uint16_t default_port = 13;
inline constexpr std::uint16_t unprivileged_port = 4013;

/// Bytes of an answer that a client takes: RFC 867 recommends one line.
inline constexpr std::size_t answer_limit = 512;

/// Years 0 to 9999, which is asserted.
bytes encode(std::chrono::sys_seconds time);

/// The time in an answer of the form above, with or without the end of line; empty: it has another form, which is no
/// error of a daytime server.
std::optional<std::chrono::sys_seconds> decode(std::string_view answer);

}  // namespace dialtone::daytime
