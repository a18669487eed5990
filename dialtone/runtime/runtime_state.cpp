// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/runtime_state.hpp>

#include <stdexcept>

#include <fmt/format.h>

#include <dialtone/io/system.hpp>

namespace dialtone::detail {

namespace {

constexpr std::uint32_t scheduler_limit = 255;  // a pid has 8 bits for it, and one value is nobody's
constexpr rate_limiter::limits crash_report_limits{.per_second = 10, .burst = 20};

runtime_options checked(runtime_options given) {
  if (given.schedulers == 0) given.schedulers = io::usable_processors();
  if (given.schedulers > scheduler_limit) throw std::invalid_argument{"a runtime has at most 255 schedulers"};
  if (given.process_limit == 0) throw std::invalid_argument{"process_limit must be at least 1"};
  if (given.mailbox_limit == 0) throw std::invalid_argument{"mailbox_limit must be at least 1"};
  if (given.chooser != nullptr && given.threads != threading::stepped)
    throw std::invalid_argument{"a chooser of ready processes needs a stepped runtime: threads do not share it"};
  if (given.faults != nullptr && given.threads != threading::stepped)
    throw std::invalid_argument{"a source of faults needs a stepped runtime: threads do not share it"};
  if (given.clock == nullptr) given.clock = &io::system_clocks();
  if (given.seed == 0) given.seed = io::entropy();
  // Spinning pays only where it does not take the processor from whom it waits for.
  if (given.schedulers > io::usable_processors()) given.spin = duration::zero();
  return given;
}

io::chosen_driver driver_of(const runtime_options& options) {
  if (options.make_driver) return {.make = options.make_driver, .description = {}};
  return io::choose_driver(options.driver);
}

}  // namespace

runtime_state::runtime_state(runtime_options given)
    : options{checked(std::move(given))},
      clock{*options.clock},
      quota{options.process_limit},
      blocking{options.blocking_threads, options.blocking_queue_limit, options.threads},
      log{{.level = options.level,
           .sink = options.log_sink,
           .run_in_background = [this](std::function<void()> work) { blocking.run(std::move(work)); },
           .wall_clock = [this] { return clock.wall_time(); }}},
      telemetry{[this] { return clock.now(); },
                [this](const telemetry_hub::failure& failed) {
                  log.write(log_level::error, {},
                            fmt::format("telemetry handler '{}' was detached: it threw '{}' on {}", failed.handler,
                                        failed.error, failed.event));
                }},
      crash_reports{crash_report_limits} {
  const io::chosen_driver driver = driver_of(options);
  driver_description = driver.description;
  random_bits seeds{options.seed};
  for (std::uint32_t index = 0; index < options.schedulers; ++index)
    schedulers.push_back(std::make_unique<scheduler>(*this, index, driver.make(), seeds.next()));
}

}  // namespace dialtone::detail
