// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/telemetry.hpp>

#include <algorithm>

#include <dialtone/base/assert.hpp>
#include <dialtone/runtime/thrown.hpp>

namespace dialtone {

namespace {

constexpr std::uint64_t every_group = 0xffffffff00000000;

bool is_prefix(std::string_view pattern) { return pattern.ends_with(".*"); }

bool is_pattern(std::string_view text) {
  if (text == "*") return true;
  if (!is_prefix(text)) return telemetry::is_event_name(text);
  // A word stands for the rest of the name: "dialtone.*" is a pattern, though "dialtone" alone is no event's name.
  return telemetry::is_event_name(std::string(text.substr(0, text.size() - 1)) + "x");
}

bool matches(std::string_view pattern, std::string_view event) {
  if (pattern == "*") return true;
  return is_prefix(pattern) ? event.starts_with(pattern.substr(0, pattern.size() - 1)) : event == pattern;
}

// The bits of all events that the pattern may match.
std::uint64_t wanted_bits(std::string_view pattern) {
  if (pattern == "*") return every_group;
  if (!is_prefix(pattern)) return telemetry::name_bit(pattern);
  const std::string_view words = pattern.substr(0, pattern.size() - 2);
  return words.contains('.') ? telemetry::group_bit(words) : every_group;
}

}  // namespace

telemetry_hub::telemetry_hub(std::function<time_point()> clock, std::function<void(const failure&)> on_failure)
    : clock_(std::move(clock)), on_failure_(std::move(on_failure)), attached_(std::make_shared<attachments>()) {
  DIALTONE_ASSERT(clock_ != nullptr, "telemetry needs a clock");
}

std::expected<void, std::string> telemetry_hub::attach(std::string name, std::string_view pattern,
                                                       telemetry::handler handler) {
  if (name.empty()) return std::unexpected("a telemetry handler needs a name");
  if (handler == nullptr) return std::unexpected("there is no function to call for the telemetry handler " + name);
  if (!is_pattern(pattern)) {
    return std::unexpected("\"" + std::string(pattern) + "\" is neither an event's name nor the beginning of names");
  }
  std::shared_ptr<const attachments> replaced;
  const std::lock_guard lock(mutex_);
  if (std::ranges::any_of(*attached_, [&](const auto& each) { return each->name == name; })) {
    return std::unexpected("the telemetry handler " + name + " is already attached");
  }
  if (attached_->size() == handler_limit) {
    return std::unexpected("there are " + std::to_string(handler_limit) + " telemetry handlers already");
  }
  attachments changed = *attached_;
  changed.push_back(std::make_shared<attachment>(std::move(name), std::string(pattern), std::move(handler)));
  replaced = replace(std::move(changed));
  return {};
}

bool telemetry_hub::detach(std::string_view name) {
  std::shared_ptr<const attachments> replaced;
  const std::lock_guard lock(mutex_);
  attachments changed = *attached_;
  if (std::erase_if(changed, [&](const auto& each) { return each->name == name; }) == 0) return false;
  replaced = replace(std::move(changed));
  return true;
}

void telemetry_hub::deliver(const telemetry::event& event, const telemetry::builder& build,
                            std::optional<time_point> time) {
  const auto handlers = snapshot();
  const auto wants = [&](const auto& each) { return matches(each->pattern, event.name()); };
  if (std::ranges::none_of(*handlers, wants)) return;
  telemetry::record record(event.name(), time ? *time : clock_());
  build(record);
  for (const auto& each : *handlers) {
    if (wants(each)) call(each, record);
  }
}

telemetry::span telemetry_hub::begin(const telemetry::event_span& name, const telemetry::builder& build) {
  const auto handlers = snapshot();
  const bool wanted = std::ranges::any_of(*handlers, [&](const auto& each) {
    return matches(each->pattern, name.start().name()) || matches(each->pattern, name.stop().name()) ||
           matches(each->pattern, name.exception().name());
  });
  if (!wanted) return {};
  const time_point now = clock_();
  deliver(name.start(), build, now);
  return {*this, name, now};
}

void telemetry_hub::call(const std::shared_ptr<const attachment>& called, const telemetry::record& record) {
  try {
    called->handler(record);
  } catch (...) {
    handle_failure(called, record.event(), detail::thrown{}.in_words());
  }
}

// The recursion through emit ends because each failure takes a handler away.
void telemetry_hub::handle_failure(const std::shared_ptr<const attachment>& failed, std::string_view event,
                                   std::string_view error) {
  {
    std::shared_ptr<const attachments> replaced;
    const std::lock_guard lock(mutex_);
    attachments changed = *attached_;
    if (std::erase(changed, failed) == 0) return;  // another thread met the same failure first
    replaced = replace(std::move(changed));
  }
  if (on_failure_) on_failure_({.handler = failed->name, .event = event, .error = error});
  emit(telemetry::handler_failed, [&](telemetry::record& record) {
    record.tag("handler", failed->name);
    record.tag("event", std::string(event));
    record.tag("error", std::string(error));
  });
}

// Not std::atomic<std::shared_ptr>: in libstdc++ 12 its load unlocks relaxed, which is a data race.
std::shared_ptr<const telemetry_hub::attachments> telemetry_hub::snapshot() const {
  const std::lock_guard lock(mutex_);
  return attached_;
}

// Under the caller's lock. Returns what was there, to be destroyed after the lock is released: a handler's destructor
// may call the hub.
std::shared_ptr<const telemetry_hub::attachments> telemetry_hub::replace(attachments changed) {
  std::uint64_t wanted = 0;
  for (const auto& each : changed) wanted |= wanted_bits(each->pattern);
  auto replaced = std::exchange(attached_, std::make_shared<const attachments>(std::move(changed)));
  wanted_.store(wanted, std::memory_order_relaxed);
  return replaced;
}

namespace telemetry {

void span::finish(const builder& build) { emit(name_->stop(), build); }

void span::abandon() {
  const bool unwinding = std::uncaught_exceptions() > exceptions_;
  emit(name_->exception(), [&](record& record) { record.tag("ended", unwinding ? "exception" : "abandoned"); });
}

void span::emit(const event& event, const builder& build) {
  telemetry_hub& hub = *std::exchange(hub_, nullptr);
  if (!hub.may_want(event.bits())) return;
  const time_point now = hub.clock_();
  const auto with_duration = [&](record& record) {
    record.measure("duration", now - started_);
    build(record);
  };
  hub.deliver(event, std::ref(with_duration), now);
}

}  // namespace telemetry

}  // namespace dialtone
