// SPDX-License-Identifier: Apache-2.0
// Chat: who has told its name sends texts, and everybody else receives them. Both directions speak the same messages:
//
//   register  = 0x01 size name                         the first one of a client, once
//   broadcast = 0x02 size name size contents           the name is that of the sender
//   size      = two bytes, the higher one first, of what follows
//
//   "\x01\x00\x03meg"         "\x02\x00\x03meg\x00\x02hi"
//
// A pure codec, for everybody. One decoder is used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <variant>

#include <dialtone/base/bytes.hpp>
#include <dialtone/base/bytes_builder.hpp>

namespace dialtone::chat {

inline constexpr std::uint16_t default_port = 4000;

/// Bytes that a size can say.
inline constexpr std::size_t field_limit = 0xffff;
/// Bytes of the longest message: 131,075.
inline constexpr std::size_t message_limit = 1 + 2 + field_limit + 2 + field_limit;

struct register_message {
  bytes name;
  friend bool operator==(const register_message&, const register_message&) = default;
};
struct broadcast_message {
  bytes from;
  bytes contents;
  friend bool operator==(const broadcast_message&, const broadcast_message&) = default;
};
using message = std::variant<register_message, broadcast_message>;

/// Names and contents are at most field_limit bytes, which is asserted: a header would silently say another size.
bytes encode(const register_message& sent);
bytes encode(const broadcast_message& sent);
/// The same behind what is there.
void encode_to(bytes_builder& sent, const bytes& from, const bytes& contents);

/// What the peer has done wrong.
enum class decode_error : std::uint8_t {
  unknown_type,       ///< a message begins with neither 1 nor 2
  name_too_long,      ///< longer than decode_limits allow
  contents_too_long,  ///< the same
};
const char* to_string(decode_error error);

/// Less than what the format can say is refused as soon as its size has come.
struct decode_limits {
  std::size_t name = field_limit;
  std::size_t contents = field_limit;
};

/// Cuts what is received into messages, wherever its pieces end. Holds a piece, and at most one message in progress.
class decoder {
 public:
  explicit decoder(decode_limits limits = {}) : limits_{limits} {}

  /// Behind what was received before, all of which has been taken by `next`.
  void receive(bytes data);
  /// The next message; empty: not yet. After an error there is none any more.
  std::expected<std::optional<message>, decode_error> next();
  /// Whether a message has begun that is not whole, when `next` has returned empty.
  bool within_message() const { return !begun_.empty(); }

 private:
  std::expected<std::size_t, decode_error> needed(std::string_view prefix) const;

  decode_limits limits_;
  bytes_builder begun_;  // a message in progress, from earlier pieces
  bytes received_;
  std::optional<decode_error> failed_;
};

}  // namespace dialtone::chat
