// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/stepped_runtime.hpp>

#include <fmt/format.h>

namespace dialtone::testing {

stepped_runtime::stepped_runtime(stepped_options options)
    : order_{options.seed}, runtime_{prepare(std::move(options))} {}

runtime_options stepped_runtime::prepare(stepped_options options) {
  runtime_options prepared = std::move(options.runtime);
  prepared.schedulers = options.schedulers;
  prepared.seed = options.seed;
  prepared.threads = threading::stepped;
  prepared.clock = &clock_;
  prepared.chooser = options.shuffle ? &order_ : nullptr;
  if (prepared.make_driver == nullptr) prepared.make_driver = [] { return std::make_unique<no_driver>(); };
  if (prepared.log_sink == nullptr) {
    prepared.log_sink = make_log_sink([this](const log_line& line) {
      constexpr std::string_view levels[] = {"debug", "info", "warning", "error", "critical", "off"};
      log_.push_back(fmt::format("[{}] {}: {}", levels[static_cast<std::size_t>(line.level)], line.source, line.text));
    });
  }
  return prepared;
}

void stepped_runtime::advance(duration time) {
  settle();
  for (time_point end = clock_.now() + time;;) {
    time_point next = std::min(runtime_.next_deadline(), end);
    clock_.advance_to(std::max(next, clock_.now()));
    settle();
    if (next == end) return;
  }
}

}  // namespace dialtone::testing
