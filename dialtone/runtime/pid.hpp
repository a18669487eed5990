// SPDX-License-Identifier: Apache-2.0
// The identity of a process: a value of 64 bits (scheduler, slot, generation). It may be copied, compared, sent,
// printed and kept for ever, by anybody: a pid of a dead process never names another one, because a slot's generation
// grows with each use and a slot whose generations are used up is retired.
//
// Text form: "<scheduler.slot.generation>", three decimal numbers, as in "<0.42.1>".
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <dialtone/base/sendable.hpp>

namespace dialtone {

class pid {
 public:
  /// Names no process: sending to it does nothing.
  constexpr pid() = default;
  constexpr pid(std::uint32_t scheduler, std::uint32_t slot, std::uint32_t generation)
      : value_{(std::uint64_t{generation} << 32) | (std::uint64_t{scheduler} << slot_bits) | slot} {}
  static constexpr pid from_value(std::uint64_t value) {
    pid result;
    result.value_ = value;
    return result;
  }

  constexpr std::uint32_t scheduler() const { return static_cast<std::uint32_t>(value_ >> slot_bits) & 0xff; }
  constexpr std::uint32_t slot() const { return static_cast<std::uint32_t>(value_) & ((1u << slot_bits) - 1); }
  constexpr std::uint32_t generation() const { return static_cast<std::uint32_t>(value_ >> 32); }
  constexpr std::uint64_t value() const { return value_; }
  constexpr explicit operator bool() const { return value_ != 0; }

  friend constexpr auto operator<=>(pid, pid) = default;

  static constexpr unsigned slot_bits = 24;

 private:
  std::uint64_t value_ = 0;
};

std::string to_string(pid process);
/// The pid of a text in the form above; empty when the text is anything else.
std::optional<pid> parse_pid(std::string_view text);

/// Names one monitor, one call or one timer, once and for all within a runtime.
class reference {
 public:
  constexpr reference() = default;
  static constexpr reference from_value(std::uint64_t value) {
    reference result;
    result.value_ = value;
    return result;
  }
  constexpr std::uint64_t value() const { return value_; }
  constexpr explicit operator bool() const { return value_ != 0; }
  friend constexpr auto operator<=>(reference, reference) = default;

 private:
  std::uint64_t value_ = 0;
};

std::string to_string(reference name);

template <>
inline constexpr bool enable_sendable<pid> = true;
template <>
inline constexpr bool enable_sendable<reference> = true;

}  // namespace dialtone

template <>
struct std::hash<dialtone::pid> {
  std::size_t operator()(dialtone::pid process) const noexcept { return std::hash<std::uint64_t>{}(process.value()); }
};
template <>
struct std::hash<dialtone::reference> {
  std::size_t operator()(dialtone::reference name) const noexcept { return std::hash<std::uint64_t>{}(name.value()); }
};
