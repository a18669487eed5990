// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/telemetry_record.hpp>

#include <algorithm>
#include <utility>

namespace dialtone::telemetry {

const record::number* record::find_measurement(std::string_view name) const {
  const auto all = measurements();
  const auto found = std::ranges::find(all, name, &measurement::name);
  return found == all.end() ? nullptr : &found->value;
}

const std::string* record::find_tag(std::string_view name) const {
  const auto all = tags();
  const auto found = std::ranges::find(all, name, &label::name);
  return found == all.end() ? nullptr : &found->value;
}

void record::tag(std::string_view name, std::string value) {
  if (tag_count_ == tag_limit) {
    ++dropped_;
    return;
  }
  tags_[tag_count_++] = {name, std::move(value)};
}

void record::add(std::string_view name, number value) {
  if (measurement_count_ == measurement_limit) {
    ++dropped_;
    return;
  }
  measurements_[measurement_count_++] = {name, value};
}

}  // namespace dialtone::telemetry
