// SPDX-License-Identifier: Apache-2.0
// dialtone serve: runs the services until it is told to stop.
#include <atomic>
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include <apps/held_log.hpp>
#include <apps/serve_application.hpp>
#include <apps/serve_flags.hpp>
#include <apps/subcommand.hpp>

namespace dialtone::apps {

namespace {

// Beyond the drain: the end of a tree in which nobody has anything left to do.
constexpr std::chrono::seconds end_of_tree{5};

const char* name_of(io::driver_choice choice) {
  switch (choice) {
    case io::driver_choice::epoll:
      return "epoll";
    case io::driver_choice::io_uring:
      return "uring";
    case io::driver_choice::best:
      return "auto";
  }
  return "";
}

runtime_options runtime_options_of(const serve_options& options) {
  return {.schedulers = options.schedulers,
          .stop_timeout = options.drain + end_of_tree,
          .handle_signals = true,
          .driver = options.io,
          .level = options.level};
}

int serve(const serve_options& options) {
  // The runtime asks the environment before its options, and here a flag counts before that.
  ::setenv("DIALTONE_IO", name_of(options.io), 1);
  const auto log = std::make_shared<held_log>(make_stderr_log_sink());
  if (options.level == log_level::debug) log->release();
  runtime_options with = runtime_options_of(options);
  with.log_sink = log;
  runtime rt{std::move(with)};
  std::atomic<bool> is_up = false;
  rt.telemetry().attach("serve", serve_ready.name(), [&](const telemetry::record&) {
    is_up = true;
    log->release();
  });
  const exit_reason reason = rt.run(run_application, serve_application(options), std::vector<configured>{});
  if (reason.is_orderly()) return 0;
  if (reason == exit_reason::killed) return fail("stopped at once, before all was in order");
  return fail(is_up ? std::string{reason.text()} : start_failure(options, reason));
}

}  // namespace

subcommand add_serve(CLI::App& program) {
  CLI::App* command = program.add_subcommand("serve", "runs chat, echo, hello and daytime until it is told to stop");
  auto flags = std::make_shared<serve_flags>();
  add_serve_flags(*command, flags);
  return {command, [flags] {
            const auto options = read_serve_options(*flags);
            return options ? serve(*options) : fail(options.error());
          }};
}

}  // namespace dialtone::apps
