// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/behaviour_debug.hpp>

#include <fmt/format.h>
#include <algorithm>

#include <dialtone/otp/behaviour.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/process_block.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

namespace {

std::uint64_t reductions_of_caller() { return calling_process().reductions.load(std::memory_order_relaxed); }

}  // namespace

void behaviour_debug::note_message(const behaviour& server, const signal& arrived) {
  const bool told_by_itself = arrived.type->serve != nullptr && !arrived.from;  // continue_with
  if (arrived.type->system || told_by_itself) return;
  if (counted_) ++counted_->messages_in;
  note(server, arrived.type->serve == nullptr ? "in: message" : "in: request", arrived.type->name(), arrived.from);
}

void behaviour_debug::note_reply(const behaviour& server, pid to) {
  if (counted_) ++counted_->replies_out;
  note(server, "out: reply", {}, to);
}

void behaviour_debug::count(bool on) {
  counted_.reset();
  if (!on) return;
  counted_.emplace(sys::statistics{.since = now()});
  reductions_before_ = reductions_of_caller();
}

std::optional<sys::statistics> behaviour_debug::statistics() const {
  auto result = counted_;
  if (result) result->reductions = reductions_of_caller() - reductions_before_;
  return result;
}

void behaviour_debug::keep(std::size_t count) {
  kept_limit_ = std::min(count, sys::log_limit);
  while (events_.size() > kept_limit_) events_.pop_front();
}

void behaviour_debug::note(const behaviour& server, std::string_view what, std::string_view type, pid other) {
  if (!traces_ && kept_limit_ == 0) return;
  std::string event{what};
  if (!type.empty()) event.append(" ").append(type);
  if (other) event.append(what.starts_with("in") ? " from " : " to ").append(to_string(other));
  if (traces_) log(log_level::info, fmt::format("{}: {}", server.type().name, event));
  if (kept_limit_ == 0) return;
  if (events_.size() == kept_limit_) events_.pop_front();
  events_.push_back(std::move(event));
}

}  // namespace dialtone::detail
