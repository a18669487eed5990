// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/trace_comparison.hpp>

#include <fmt/format.h>

namespace dialtone::testing {

void trace_comparison::begin_first() {
  state_ = state::first;
  first_ = {};
  events_.clear();
  parted_at_.reset();
}

void trace_comparison::begin_second() {
  state_ = state::second;
  second_ = {};
  parted_at_.reset();
}

void trace_comparison::add_node(std::string_view name) {
  if (state_ == state::ended) return;
  (state_ == state::first ? first_ : second_).names.emplace_back(name);
}

void trace_comparison::add(const trace_event& event, std::uint64_t hash) {
  if (state_ == state::second) return compare(event, hash);
  if (state_ == state::ended) return;
  ++first_.count;
  if (events_.size() < event_limit) events_.push_back({hash, event});
}

// The hash is of all before too: where it differs first, the event does.
void trace_comparison::compare(const trace_event& event, std::uint64_t hash) {
  const std::uint64_t index = second_.count++;
  if (parted_at_ || index >= event_limit) return;
  if (index < events_.size() && events_[index].hash == hash) return;
  parted_at_ = index;
  parted_with_ = event;
}

std::string trace_comparison::line_of_first(std::uint64_t index) const {
  if (index >= first_.count) return "(has ended)";
  return to_text(events_[index].event, first_.names);
}

std::string trace_comparison::text() const {
  std::optional<std::uint64_t> where = parted_at_;
  if (!where && second_.count < events_.size()) where = second_.count;
  if (!where) return {};
  return fmt::format("they part at event {}:\n  first:  {}\n  second: {}\n", *where, line_of_first(*where),
                     parted_at_ ? to_text(parted_with_, second_.names) : "(has ended)");
}

}  // namespace dialtone::testing
