// SPDX-License-Identifier: Apache-2.0
// The runtime as an object: schedulers, names, log, telemetry. A program may have several; each is started and stopped
// from an ordinary thread, and used from ordinary threads through these functions. None of them may be called by a
// process.
//
//   int main() { return dt::run(first); }                      // a runtime for the time that `first` runs
//
//   dt::runtime rt{{.schedulers = 2}};
//   dt::pid server = rt.spawn({.name = "server"}, serve, 4000);
//   int total = rt.call(ask, server);  // runs dt::task<int> ask(dt::pid) in a process, and waits
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/outside_call.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/runtime_options.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone {

class telemetry_hub;

class runtime {
 public:
  /// Starts the schedulers. Throws std::invalid_argument for options that make no sense, std::system_error when the
  /// system has no threads or descriptors left.
  explicit runtime(runtime_options options = {});
  /// As stop().
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// Starts a process that is nobody's child: a root. Without a limit of its own it goes where placement says; `local`
  /// means the first scheduler here. Throws system_limit_reached.
  template <class Function, class... Arguments>
  pid spawn(const spawn_options& options, Function function, Arguments&&... arguments) {
    return start(make_start(options, function, std::forward<Arguments>(arguments)...), nullptr);
  }
  template <detail::in_place_of_function Function, class... Arguments>
  pid spawn(Function function, Arguments&&... arguments) {
    return spawn(spawn_options{}, function, std::forward<Arguments>(arguments)...);
  }

  /// As spawn. `at_end` is told why the process has ended, on its scheduler's thread, from within its death: it must be
  /// quick, must not throw and must not call the runtime.
  template <class Function, class... Arguments>
  pid spawn_observed(std::function<void(const exit_reason&)> at_end, const spawn_options& options, Function function,
                     Arguments&&... arguments) {
    return start(make_start(options, function, std::forward<Arguments>(arguments)...), std::move(at_end));
  }

  /// Starts a process, as spawn, and waits for its end.
  template <class Function, class... Arguments>
  exit_reason run(const spawn_options& options, Function function, Arguments&&... arguments) {
    std::promise<exit_reason> ended;
    pid process = start(make_start(options, function, std::forward<Arguments>(arguments)...),
                        [&ended](const exit_reason& reason) { ended.set_value(reason); });
    return wait(process, ended.get_future());
  }
  template <detail::in_place_of_function Function, class... Arguments>
  exit_reason run(Function function, Arguments&&... arguments) {
    return run(spawn_options{}, function, std::forward<Arguments>(arguments)...);
  }

  /// Runs a task in a process of its own and waits for its result. What ends it without one (an exception, a kill) is
  /// thrown as exit_exception.
  template <class Result, class... Parameters, class... Arguments>
  Result call(task<Result> (*function)(Parameters...), Arguments&&... arguments) {
    if constexpr (detail::check_arguments<Arguments...>(std::type_identity<std::tuple<Parameters...>>{})) {
      detail::filled_result<Result> result;
      exit_reason reason = call_into(&result, function, static_cast<Parameters>(std::forward<Arguments>(arguments))...);
      if (!result.has_value()) throw exit_exception{reason};
      if constexpr (!std::is_void_v<Result>) return std::move(*result);
    }
  }
  template <class Function, class... Arguments>
    requires(!detail::returns_task<Function>)
  auto call(Function function, Arguments&&... arguments) {
    if constexpr (detail::check_call<Function>()) return call(+function, std::forward<Arguments>(arguments)...);
  }

  /// As dialtone::send: never waits, never fails. Nobody holds this thread back when it sends too much: at four times
  /// its limit the receiver's mailbox_policy decides. After stop() the message is destroyed.
  template <class Type>
  void send(pid receiver, Type value) {
    detail::check_sendable<Type>();
    post(receiver, *detail::make_signal<detail::message<Type>>(detail::outside_pid, std::move(value)));
  }
  /// Sends an exit signal from nobody. After stop() it does nothing.
  void exit(pid process, exit_reason reason);
  std::optional<pid> whereis(std::string_view name) const;
  /// As info_of and all_processes, by a call(): the process that asks is listed too.
  std::optional<process_info> info(pid process);
  std::vector<pid> processes();
  /// Lives as long as the runtime.
  telemetry_hub& telemetry();
  std::uint32_t scheduler_count() const;

  /// Asks the roots to end (exit signal `shutdown`), gives them stop_timeout, then ends every process by a kill and the
  /// threads. Waits for blocking work that runs. Twice is once. Afterwards nothing can be started: spawn, run, call,
  /// info and processes throw exit_exception with `noconnection`. A call that the stop has met ends as its process
  /// does.
  void stop();
  /// As stop(), but nobody is asked: all processes are killed at once, whatever they trap. The end of a machine that
  /// loses its power, in tests and simulation.
  void halt();
  /// Returns when SIGTERM or SIGINT has come (options.handle_signals) or all roots have ended.
  void wait();

  /// Stepped runtimes only: runs one turn of each scheduler on the calling thread; true when anything was done.
  bool step();
  /// Stepped runtimes only: nothing is left to do until the clock moves, or somebody outside does something.
  bool is_idle();
  /// Steps until nothing is left to do before the clock moves.
  void run_until_idle();
  /// When the next timer is due; `never` without one.
  time_point next_deadline();

 private:
  struct impl;
  using end_function = std::function<void(const exit_reason&)>;

  template <class Function, class... Arguments>
  static detail::remote_start& make_start(const spawn_options& options, const Function& function,
                                          Arguments&&... arguments) {
    if constexpr (detail::check_start<Function, Arguments...>())
      return detail::make_start({&options}, detail::as_pointer(function),
                                std::type_identity<detail::parameters<Function>>{},
                                std::forward<Arguments>(arguments)...);
  }
  template <class Result, class... Parameters>
  exit_reason call_into(detail::filled_result<Result>* result, task<Result> (*function)(Parameters...),
                        Parameters... arguments) {
    using body = process<> (*)(detail::filled_result<Result>*, task<Result> (*)(Parameters...), Parameters...);
    std::promise<exit_reason> ended;
    using start_signal =
        detail::remote_start_of<body, detail::filled_result<Result>*, task<Result> (*)(Parameters...), Parameters...>;
    pid process = start(*detail::make_signal<start_signal>(detail::spawn_request{&call_options()},
                                                           &detail::call_body<Result, Parameters...>, result, function,
                                                           std::move(arguments)...),
                        [&ended](const exit_reason& reason) { ended.set_value(reason); });
    return wait(process, ended.get_future());
  }

  static const spawn_options& call_options();
  pid start(detail::remote_start& start, end_function at_end);
  exit_reason wait(pid process, std::future<exit_reason> ended);
  void post(pid receiver, detail::signal& sent);

  std::unique_ptr<impl> impl_;
};

/// Runs `first` in a runtime made for it, and stops that when it ends: what a program's main returns. 0 when `first`
/// has ended normally, or by shutdown after a signal; 1 otherwise, with the reason on standard error.
template <class Function, class... Arguments>
int run(runtime_options options, Function first, Arguments&&... arguments) {
  runtime rt{std::move(options)};
  return detail::exit_status(rt.run(first, std::forward<Arguments>(arguments)...));
}
template <detail::other_than<runtime_options> Function, class... Arguments>
int run(Function first, Arguments&&... arguments) {
  return run(runtime_options{}, first, std::forward<Arguments>(arguments)...);
}

}  // namespace dialtone
