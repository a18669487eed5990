// SPDX-License-Identifier: Apache-2.0
// The names of telemetry events and spans. They are constants of the program, checked by the compiler; any room
// declares its own, at namespace scope, beside the code that emits them:
//
//   inline constexpr telemetry::event process_exit{"dialtone.process.exit"};
//   inline constexpr telemetry::event_span request{"dialtone.http.request"};  // request.start, .stop, .exception
//
// name  = word 1*("." word), at most 100 bytes      word = 1*(a-z / 0-9 / "_")
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dialtone::telemetry {

inline constexpr std::size_t event_name_length_limit = 100;

constexpr bool is_event_name(std::string_view name) {
  if (name.empty() || name.size() > event_name_length_limit || !name.contains('.')) return false;
  if (name.front() == '.' || name.back() == '.' || name.contains("..")) return false;
  return std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; });
}

/// The first two words of a name, "dialtone.process" of "dialtone.process.exit".
constexpr std::string_view event_group(std::string_view name) {
  return name.substr(0, name.find('.', std::min(name.find('.'), name.size() - 1) + 1));
}

/// A hub keeps the union of these bits over what its handlers want, so that one load tells whether an event may be
/// wanted. The lower half has a bit for the name, the upper half one for its group.
constexpr std::uint64_t name_bit(std::string_view text) {
  std::uint32_t hash = 2166136261;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return std::uint64_t{1} << ((hash ^ hash >> 16) % 32);
}
constexpr std::uint64_t group_bit(std::string_view name) { return name_bit(event_group(name)) << 32; }

class event {
 public:
  /// Does not compile with a name that breaks the grammar. The text must be a literal: it is kept by reference.
  consteval explicit event(std::string_view name) : event(name, name_bit(name) | group_bit(name)) {
    if (!is_event_name(name)) throw "an event's name is made of words of a-z, 0-9 and _, with dots between them";
  }

  constexpr std::string_view name() const { return name_; }
  constexpr std::uint64_t bits() const { return bits_; }

 private:
  friend class event_span;
  constexpr event(std::string_view name, std::uint64_t bits) : name_(name), bits_(bits) {}

  std::string_view name_;
  std::uint64_t bits_;
};

/// The events of something that takes time. Events refer to it, so it has to be a constant of the program too.
class event_span {
 public:
  consteval explicit event_span(std::string_view name)
      : start_(name, ".start"), stop_(name, ".stop"), exception_(name, ".exception") {}
  event_span(const event_span&) = delete;
  event_span& operator=(const event_span&) = delete;

  constexpr event start() const { return start_.get(); }
  constexpr event stop() const { return stop_.get(); }
  constexpr event exception() const { return exception_.get(); }
  constexpr std::uint64_t bits() const { return start_.bits | stop_.bits | exception_.bits; }

 private:
  struct part {
    consteval part(std::string_view name, std::string_view suffix) : size(name.size() + suffix.size()) {
      if (size > event_name_length_limit) throw "the name of a span is too long";
      std::ranges::copy(suffix, std::ranges::copy(name, text.begin()).out);
      bits = event(std::string_view(text.data(), size)).bits();
    }
    constexpr event get() const { return {std::string_view(text.data(), size), bits}; }

    std::array<char, event_name_length_limit> text{};
    std::size_t size;
    std::uint64_t bits = 0;
  };

  part start_;
  part stop_;
  part exception_;
};

}  // namespace dialtone::telemetry
