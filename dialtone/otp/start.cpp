// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/start.hpp>

#include <fmt/format.h>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/send.hpp>

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

start_failed::start_failed(start_error error) : exit_exception{error.reason()}, error_{std::move(error)} {}

void start_ticket::ignore() const {
  unregister_names();
  failing();
  reply(answer, detail::start_answer::ignored);
}

void start_ticket::failing() const {
  if (linked) unlink(starter);
}

namespace detail {

start_error error_of(spawn_error why, const std::string& name) {
  switch (why) {
    case spawn_error::name_taken:
      // Whoever had the name may have ended since: the error says so with no pid.
      return start_error::already(whereis(name).value_or(pid{}));
    case spawn_error::name_limit:
    case spawn_error::bad_name:
      return start_error::because(exit_reason::custom_text(fmt::format("name '{}': {}", name, to_string(why))));
    case spawn_error::process_limit:
    case spawn_error::memory_limit:
      break;
  }
  return start_error::because(exit_reason::system_limit);
}

starting::~starting() {
  if (!unfinished_) return;
  unlink(unfinished_);
  exit(unfinished_, exit_reason::kill);
}

task<std::expected<monitored, start_error>> starting::finish(start_mode mode, spawn_options options,
                                                             std::expected<monitored, spawn_error> spawned) {
  if (!spawned) co_return std::unexpected{error_of(spawned.error(), options.name)};
  unfinished_ = spawned->pid;
  answer_.watch(spawned->pid);
  auto answer = co_await answer_.within(duration::max());
  const pid answered = std::exchange(unfinished_, pid{});
  if (answer == start_answer::started) co_return *spawned;
  if (mode.monitor) demonitor(spawned->reference, demonitor_mode::flush);
  if (mode.link) {
    // The error tells of its death: the link shall not tell of it again.
    unlink(answered);
    static_cast<void>(co_await receive<exited>([answered](const exited& signal) { return signal.pid == answered; },
                                               after(duration::zero())));
  }
  co_return std::unexpected{answer ? start_error::ignore() : start_error::because(answer.error())};
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
