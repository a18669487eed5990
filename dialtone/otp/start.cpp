// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/start.hpp>

#include <fmt/format.h>

#include <dialtone/runtime/registered_name.hpp>

namespace dialtone {

start_error start_error::already(dialtone::pid owner) {
  return {already_started, owner, exit_reason::custom_text("already started: " + to_string(owner))};
}

std::string to_string(const start_error& error) {
  switch (error.code()) {
    case start_error::ignored:
      return "ignored";
    case start_error::already_started:
      return "already started: " + to_string(error.pid());
    case start_error::failed:
      break;
  }
  return "failed: " + to_string(error.reason());
}

namespace {

// Who fails because another process could not start has not ended normally itself.
exit_reason reason_of_starter(const start_error& error) {
  if (error.reason() != exit_reason::normal) return error.reason();
  return exit_reason::custom_text("the start failed: normal");
}

}  // namespace

start_failed::start_failed(start_error error) : exit_exception{reason_of_starter(error)}, error_{std::move(error)} {}

void start_ticket::started() const {
  if (linked) link(starter);
  reply(answer, detail::start_answer::started);
}

void start_ticket::ignore() const { reply(answer, detail::start_answer::ignored); }

namespace detail {

namespace {

// Whoever had the name may have ended since: the error says so with no pid.
pid owner_of(const spawn_options& options) {
  std::optional<pid> owner;
  if (!options.name.empty()) owner = whereis(options.name);
  if (!owner) owner = options.via.whereis();
  return owner.value_or(pid{});
}

}  // namespace

start_error error_of(spawn_error why, const spawn_options& options) {
  switch (why) {
    case spawn_error::name_taken:
      return start_error::already(owner_of(options));
    case spawn_error::name_limit:
    case spawn_error::bad_name:
      return start_error::because(exit_reason::custom_text(fmt::format("name '{}': {}", options.name, to_string(why))));
    case spawn_error::key_limit:
      return start_error::because(exit_reason::custom_text(to_string(why)));
    case spawn_error::process_limit:
    case spawn_error::memory_limit:
      break;
  }
  return start_error::because(exit_reason::system_limit);
}

/// Tells a start why its process, on another scheduler, was refused the key: that process just ends.
class reported_key final : public via_key {
 public:
  explicit reported_key(std::shared_ptr<const via_key> key) : key_{std::move(key)} {}
  std::expected<void, spawn_error> take() const override {
    auto taken = key_->take();
    if (!taken) refusal_ = taken.error();
    return taken;
  }
  std::optional<pid> owner() const override { return key_->owner(); }
  bool is_same(const via_key& other) const override { return key_->is_same(other); }
  const void* home() const override { return this; }
  /// To be asked when the process has ended.
  std::optional<spawn_error> refusal() const { return refusal_; }

 private:
  const std::shared_ptr<const via_key> key_;
  mutable std::optional<spawn_error> refusal_;  // the end of the process is told after it was written
};

starting::starting(spawn_options& options) {
  if (!options.via) return;
  key_ = std::make_shared<const reported_key>(options.via.key());
  options.via = via_name{key_};
}

starting::~starting() {
  if (!unfinished_.pid) return;
  unlink(unfinished_.pid);  // it may have come up by now
  if (unfinished_.reference) demonitor(unfinished_.reference, demonitor_mode::flush);
  exit(unfinished_.pid, exit_reason::kill);
}

void starting::watch(const monitored& spawned) {
  unfinished_ = spawned;
  answer_.watch(spawned.pid);
}

task<std::expected<monitored, start_error>> starting::finish(start_mode mode, spawn_options options,
                                                             std::expected<monitored, spawn_error> spawned) {
  if (!spawned) co_return std::unexpected{error_of(spawned.error(), options)};
  auto answer = co_await answer_.within(duration::max());
  if (answer == start_answer::ignored) {
    // Whoever starts it again finds what it held released: its names, its sockets.
    pending_reply<void> end{spawned->pid};
    static_cast<void>(co_await end.within(duration::max()));
  }
  unfinished_ = {};
  if (answer == start_answer::started) co_return *spawned;
  if (mode.monitor) demonitor(spawned->reference, demonitor_mode::flush);
  co_return std::unexpected{answer ? start_error::ignore() : error_after(answer.error(), options)};
}

start_error starting::error_after(const exit_reason& end, const spawn_options& options) const {
  if (key_ && key_->refusal()) return error_of(*key_->refusal(), options);
  return start_error::because(end);
}

task<std::expected<pid, start_error>> pid_or_error(task<std::expected<monitored, start_error>> start) {
  auto outcome = co_await std::move(start);
  if (!outcome) co_return std::unexpected{outcome.error()};
  co_return outcome->pid;
}

task<monitored> monitored_or_throw(task<std::expected<monitored, start_error>> start) {
  auto outcome = co_await std::move(start);
  if (!outcome) throw start_failed{std::move(outcome).error()};
  co_return *outcome;
}

task<pid> pid_or_throw(task<std::expected<monitored, start_error>> start) {
  co_return (co_await monitored_or_throw(std::move(start))).pid;
}

}  // namespace detail

}  // namespace dialtone
