// SPDX-License-Identifier: Apache-2.0
// How what arrives at a socket reaches its owner (gen_tcp's option `active`). For everybody; a regular value.
#pragma once

#include <cstdint>
#include <optional>

namespace dialtone {

class active {
 public:
  /// The count of messages is kept between these; one that would leave them is a bad option.
  static constexpr std::int32_t least = -32768;
  static constexpr std::int32_t most = 32767;

  /// Who wants to read calls recv.
  static const active passive;
  /// Each packet is a message, without end. While some (32 to 128, or a megabyte) of a socket's messages wait in its
  /// owner's mailbox, the socket does not read on, so that a flood is the peer's.
  static const active always;
  /// One message, then passive.
  static const active once;
  /// So many messages, which are added to those that are still to come; then passive, and a message says so. With a sum
  /// of zero or less that comes at once.
  static constexpr active count(std::int32_t messages) { return {kind::counted, messages}; }

  constexpr bool is_passive() const { return kind_ == kind::passive; }
  constexpr bool is_always() const { return kind_ == kind::always; }
  constexpr bool is_once() const { return kind_ == kind::once; }
  constexpr bool is_count() const { return kind_ == kind::counted; }
  /// The messages that are to come, of a count.
  constexpr std::int32_t messages() const { return messages_; }

  /// What comes of it at a socket that has been `before`: a count is added. Empty: the sum is out of range.
  constexpr std::optional<active> following(active before) const {
    if (!is_count()) return *this;
    const std::int32_t sum = messages_ + (before.is_count() ? before.messages_ : 0);
    if (sum < least || sum > most) return std::nullopt;
    return count(sum);
  }
  /// After a message. A count that becomes zero is passive then.
  constexpr active after_message() const {
    if (is_count() && messages_ > 1) return count(messages_ - 1);
    return is_always() ? *this : active{kind::passive, 0};
  }

  friend bool operator==(active, active) = default;

 private:
  enum class kind : std::uint8_t { passive, always, once, counted };
  constexpr active(kind what, std::int32_t messages) : kind_{what}, messages_{messages} {}

  kind kind_;
  std::int32_t messages_;
};

inline constexpr active active::passive{kind::passive, 0};
inline constexpr active active::always{kind::always, 0};
inline constexpr active active::once{kind::once, 0};

}  // namespace dialtone
