// SPDX-License-Identifier: Apache-2.0
// How a process is started so that its starter knows whether that went well (OTP's proc_lib): the starter waits until
// the new process says that it is up, or has ended. Behaviours are started in this way; so can be any process:
//
//   dt::process<> printer(dt::start_ticket ticket, int tray) {
//     if (!has_paper(tray)) dt::exit(dt::exit_reason::custom_text("out of paper"));   // the starter gets this reason
//     ticket.started();                                                              // or ticket.ignore(), and return
//     ...
//   }
//   std::expected<dt::pid, dt::start_error> up = co_await dt::try_start_process_link(printer, 1);
//
// There is no time limit of its own: with_deadline(5s, ...) around a start kills the new process when time is up, and
// so does everything else that destroys the waiting starter. A link begins when the new process is up: one that could
// not be started has ended without a word to its starter but the error. Inside a process only.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {

/// Why there is no new process.
class start_error {
 public:
  enum code_type : std::uint8_t {
    ignored,          ///< its initialisation has decided that it is not needed
    already_started,  ///< another process has the name, or the key: `pid()`
    failed,           ///< it has ended, or could not be spawned: `reason()`
  };

  static start_error ignore() { return start_error{ignored, {}, exit_reason::custom_text("the start was ignored")}; }
  static start_error already(dialtone::pid owner);
  static start_error because(exit_reason reason) { return start_error{failed, {}, std::move(reason)}; }

  code_type code() const { return code_; }
  /// Of the process that has the name; none if it has ended meanwhile.
  dialtone::pid pid() const { return pid_; }
  /// With which a starter that does not handle the error ends.
  const exit_reason& reason() const { return reason_; }

  friend bool operator==(const start_error&, const start_error&) = default;

 private:
  start_error(code_type code, dialtone::pid pid, exit_reason reason)
      : code_{code}, pid_{pid}, reason_{std::move(reason)} {}
  code_type code_;
  dialtone::pid pid_;
  exit_reason reason_;
};
std::string to_string(const start_error& error);

/// Uncaught, it ends the starter with the error's reason; not with `normal`, though the new process may have.
class start_failed : public exit_exception {
 public:
  explicit start_failed(start_error error);
  const start_error& error() const { return error_; }

 private:
  start_error error_;
};

namespace detail {

start_error error_of(spawn_error why, const spawn_options& options);

enum class start_answer : std::uint8_t { started, ignored };

struct start_mode {
  bool link = false;
  bool monitor = false;
};

}  // namespace detail

/// What a process that is started gets as its first argument; used once, by itself.
struct start_ticket {
  dialtone::pid starter;
  reply_to<detail::start_answer> answer;
  bool linked = false;

  /// It is up: the starter goes on, linked to it if that was asked for.
  void started() const;
  /// It is not needed: the process returns then, and the starter gets `ignored` when it has ended.
  void ignore() const;
};

namespace detail {

class reported_key;

/// The starter's side: waits for the answer. Destroyed before that, it ends the process.
class starting {
 public:
  /// The options as they are to be spawned with: of a key that is refused on another scheduler is told here.
  explicit starting(spawn_options& options);
  starting(const starting&) = delete;
  starting& operator=(const starting&) = delete;
  ~starting();

  start_ticket ticket(start_mode mode) const { return {self(), answer_.address(), mode.link}; }
  /// From now on the new process depends on this object.
  void watch(const monitored& spawned);
  task<std::expected<monitored, start_error>> finish(start_mode mode, spawn_options options,
                                                     std::expected<monitored, spawn_error> spawned);

 private:
  static pid self() { return calling_process().self(); }
  start_error error_after(const exit_reason& end, const spawn_options& options) const;
  pending_reply<start_answer> answer_;
  std::shared_ptr<const reported_key> key_;
  monitored unfinished_;
};

template <class Function, class... Arguments>
task<std::expected<monitored, start_error>> start_as(start_mode mode, spawn_options options, Function function,
                                                     Arguments... arguments) {
  starting begun{options};
  auto spawned =
      spawn_with({.options = &options, .monitor = mode.monitor}, function, begun.ticket(mode), std::move(arguments)...);
  if (spawned) begun.watch(*spawned);
  co_return co_await begun.finish(mode, std::move(options), std::move(spawned));
}

task<std::expected<pid, start_error>> pid_or_error(task<std::expected<monitored, start_error>> start);
task<pid> pid_or_throw(task<std::expected<monitored, start_error>> start);
task<monitored> monitored_or_throw(task<std::expected<monitored, start_error>> start);

}  // namespace detail

/// Starts `function(ticket, arguments...)`, without a link. Throws start_failed.
template <class Function, class... Arguments>
task<pid> start_process(spawn_options options, Function function, Arguments... arguments) {
  return detail::pid_or_throw(detail::start_as({}, std::move(options), std::move(function), std::move(arguments)...));
}
/// Linked: when one of the two ends for another reason than `normal`, so does the other. One that could not be started
/// leaves no link, and no exit signal of its comes to the starter.
template <class Function, class... Arguments>
task<pid> start_process_link(spawn_options options, Function function, Arguments... arguments) {
  return detail::pid_or_throw(
      detail::start_as({.link = true}, std::move(options), std::move(function), std::move(arguments)...));
}
/// Monitored by the caller, who gets a `down` when it ends. One that could not be started leaves no monitor, and no
/// `down` of its comes.
template <class Function, class... Arguments>
task<monitored> start_process_monitor(spawn_options options, Function function, Arguments... arguments) {
  return detail::monitored_or_throw(
      detail::start_as({.monitor = true}, std::move(options), std::move(function), std::move(arguments)...));
}

/// As start_process, start_process_link and start_process_monitor, with the error as a value.
template <class Function, class... Arguments>
task<std::expected<pid, start_error>> try_start_process(spawn_options options, Function function,
                                                        Arguments... arguments) {
  return detail::pid_or_error(detail::start_as({}, std::move(options), std::move(function), std::move(arguments)...));
}
template <class Function, class... Arguments>
task<std::expected<monitored, start_error>> try_start_process_monitor(spawn_options options, Function function,
                                                                      Arguments... arguments) {
  return detail::start_as({.monitor = true}, std::move(options), std::move(function), std::move(arguments)...);
}
template <class Function, class... Arguments>
task<std::expected<pid, start_error>> try_start_process_link(spawn_options options, Function function,
                                                             Arguments... arguments) {
  return detail::pid_or_error(
      detail::start_as({.link = true}, std::move(options), std::move(function), std::move(arguments)...));
}

template <>
inline constexpr bool enable_sendable<start_ticket> = true;
template <>
inline constexpr bool enable_sendable<start_error> = true;

}  // namespace dialtone
