// SPDX-License-Identifier: Apache-2.0
// application: a named part of a program with its supervision tree, its configuration and what it needs to run; the
// program is the one at the top, and dt::run starts it and returns what main returns.
//
//   dt::supervisor_spec tree(const dt::environment& settings) {
//     return {.children = {dt::child<counter>("counter", settings.get<int>("start"))}};
//   }
//   int main() {
//     return dt::run(dt::application{.name = "counting", .start = tree, .settings = {{"start", 10}}});
//   }
//
// Those that it `needs` are started before it, each once, and stopped after it. When all are up, the start phases are
// run: every phase of an application in its order, application by application. The end of an application's tree ends
// the program if `type` says so; SIGTERM, SIGINT and runtime::stop end all applications, the last started first.
//
// A start that fails stops what was started before it, and the program ends with status 1 and the reason. Functions
// here are plain ones, or lambdas without captures; settings are handed to them, for there is no global state.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <dialtone/otp/environment.hpp>
#include <dialtone/otp/supervisor.hpp>
#include <dialtone/runtime/runtime.hpp>

namespace dialtone {

enum class application_type : std::uint8_t {
  permanent,  ///< its end, for whatever reason, ends the program
  transient,  ///< its end for another reason than `normal` does
  temporary,  ///< its end is logged
};

struct start_phase {
  std::string name;
  /// Runs in the process that starts the applications: it may call, and must not receive. What it throws ends the
  /// start.
  task<> (*run)(environment settings);
};

struct application {
  /// Registered names begin with it by custom; unique in a program.
  std::string name;
  /// Its supervision tree.
  supervisor_spec (*start)(const environment& settings) = nullptr;
  /// Defaults; the program's configuration replaces them.
  environment settings = {};
  std::vector<application> needs = {};
  std::vector<start_phase> phases = {};
  application_type type = application_type::permanent;
  /// Before its tree is ended: the time to say good-bye. As a phase; what it throws is logged.
  task<> (*prepare_stop)(environment settings) = nullptr;
  /// After that.
  task<> (*stopped)(environment settings) = nullptr;
};

/// Applications of a program, those that are needed included.
inline constexpr std::size_t application_limit = 1'000;

/// A setting of an application, in place of its default.
struct configured {
  std::string application;
  std::string key;
  std::string text;
};
/// Of "chat.port=4000"; throws environment_error for what has another form.
configured parse_configured(std::string_view text);

struct application_options {
  std::vector<configured> configuration = {};
  /// How long the orderly stop may take before everything is killed.
  duration stop_limit = std::chrono::seconds{60};
  /// `handle_signals` is set; `stop_timeout` is stop_limit.
  runtime_options runtime = {};
};

/// Runs a program until it is told to stop: 0 when it has ended in order, 1 otherwise, with the reason on standard
/// error.
int run(application program, application_options options = {});

/// The process behind run, for programs with a runtime of their own: it ends when the application does, and stops the
/// application when it is told to end.
process<> run_application(application program, std::vector<configured> configuration);

struct application_info {
  std::string name;
  environment settings;
  /// None of one that has ended.
  supervisor_ref tree;
};
/// The applications that run_application has started in the caller's runtime, in the order of their starts; waits while
/// they are being started. Throws call_failed when there are none. Resumed by the caller's scheduler.
task<std::vector<application_info>> which_applications();

template <>
inline constexpr bool enable_sendable<application> = true;

}  // namespace dialtone
