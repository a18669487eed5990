// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/child_spec.hpp>

#include <fmt/format.h>

namespace dialtone {

std::string to_string(restart_type type) {
  switch (type) {
    case restart_type::permanent:
      return "permanent";
    case restart_type::transient:
      return "transient";
    case restart_type::temporary:
      return "temporary";
  }
  return "unknown restart type";
}

child_spec::child_spec(std::string id, child_type type, std::shared_ptr<const detail::child_start> start)
    : data_{std::make_shared<detail::child_data>(detail::child_data{
          .id = std::move(id),
          .start = std::move(start),
          .type = type,
          .shutdown = type == child_type::supervisor ? infinity : duration{std::chrono::seconds{5}}})} {}

detail::child_data& child_spec::change() {
  auto changed = std::make_shared<detail::child_data>(*data_);
  detail::child_data& result = *changed;
  data_ = std::move(changed);
  return result;
}

child_spec& child_spec::id(std::string id) {
  change().id = std::move(id);
  return *this;
}
child_spec& child_spec::restart(restart_type type) {
  change().restart = type;
  return *this;
}
child_spec& child_spec::shutdown(duration limit) {
  change().shutdown = limit;
  return *this;
}
child_spec& child_spec::significant(bool is) {
  change().significant = is;
  return *this;
}
child_spec& child_spec::backoff(backoff_options options) {
  change().backoff = options;
  return *this;
}
child_spec& child_spec::spawn(spawn_options options) {
  change().spawn = std::move(options);
  return *this;
}

namespace {

std::expected<void, std::string> check_backoff(const std::string& id, const backoff_options& backoff) {
  bool times = backoff.initial > duration::zero() && backoff.maximum >= backoff.initial;
  if (!times) return std::unexpected{fmt::format("child '{}': its back-off needs 0 < initial <= maximum", id)};
  if (!(backoff.factor >= 1))
    return std::unexpected{fmt::format("child '{}': the factor of its back-off is at least 1", id)};
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1))
    return std::unexpected{fmt::format("child '{}': the jitter of its back-off is from 0 to 1", id)};
  if (backoff.reset_after < duration::zero())
    return std::unexpected{fmt::format("child '{}': reset_after of its back-off is not negative", id)};
  return {};
}

}  // namespace

std::expected<void, std::string> check_child_spec(const child_spec& spec) {
  const std::string& id = spec->id;
  if (id.empty()) return std::unexpected{"a child needs an id"};
  if (spec->start == nullptr) return std::unexpected{fmt::format("child '{}' has no start function", id)};
  if (spec->shutdown < duration::zero() && spec->shutdown != brutal_kill)
    return std::unexpected{fmt::format("child '{}': the time to shut down is not negative", id)};
  // As in OTP: a permanent child never ends by itself for good.
  if (spec->significant && spec->restart == restart_type::permanent)
    return std::unexpected{fmt::format("child '{}': a permanent child cannot be significant", id)};
  return spec->backoff ? check_backoff(id, *spec->backoff) : std::expected<void, std::string>{};
}

namespace {

task<std::expected<pid, start_error>> given(std::expected<pid, start_error> started) { co_return started; }

}  // namespace

task<std::expected<pid, start_error>> detail::up_at_once(std::expected<pid, spawn_error> spawned,
                                                         const spawn_options& options) {
  return given(spawned ? std::expected<pid, start_error>{*spawned}
                       : std::unexpected{error_of(spawned.error(), options)});
}

}  // namespace dialtone
