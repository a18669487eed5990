// SPDX-License-Identifier: Apache-2.0
// What a telemetry event carries: numbers that were measured and texts that say of what. An emitter fills it in,
// handlers read it, and may keep a copy.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <dialtone/base/time.hpp>

namespace dialtone::telemetry {

/// Names of measurements and tags must be literals: they are kept by reference.
class record {
 public:
  /// Enough for every event of the library twice over; a record lies on the emitter's stack.
  static constexpr std::size_t measurement_limit = 16;
  static constexpr std::size_t tag_limit = 16;

  using number = std::variant<std::int64_t, double>;
  struct measurement {
    std::string_view name;
    number value;
  };
  struct label {
    std::string_view name;
    std::string value;
  };

  record(std::string_view event, time_point time) : event_(event), time_(time) {}

  std::string_view event() const { return event_; }
  time_point time() const { return time_; }
  std::span<const measurement> measurements() const { return std::span(measurements_).first(measurement_count_); }
  std::span<const label> tags() const { return std::span(tags_).first(tag_count_); }
  /// How many measurements and tags were beyond the limits.
  std::size_t dropped() const { return dropped_; }

  /// Null if there is none of this name.
  const number* find_measurement(std::string_view name) const;
  const std::string* find_tag(std::string_view name) const;

  template <std::integral Integer>
  void measure(std::string_view name, Integer value) {
    add(name, static_cast<std::int64_t>(value));
  }
  void measure(std::string_view name, double value) { add(name, value); }
  /// In nanoseconds.
  void measure(std::string_view name, duration value) { add(name, std::int64_t{value.count()}); }
  void tag(std::string_view name, std::string value);

 private:
  void add(std::string_view name, number value);

  std::string_view event_;
  time_point time_;
  std::size_t measurement_count_ = 0;
  std::size_t tag_count_ = 0;
  std::size_t dropped_ = 0;
  std::array<measurement, measurement_limit> measurements_;
  std::array<label, tag_limit> tags_;
};

}  // namespace dialtone::telemetry
