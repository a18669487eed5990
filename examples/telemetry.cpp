// SPDX-License-Identifier: Apache-2.0
// Telemetry: events that the runtime emits, and events and spans of one's own. What nobody listens to costs one load.
#include <stdexcept>
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/runtime/runtime_events.hpp>
namespace dt = dialtone;

namespace events {
inline constexpr dt::telemetry::event call_dropped{"exchange.call.dropped"};
inline constexpr dt::telemetry::event_span call{"exchange.call"};  // .start, .stop, .exception
}  // namespace events

void print(const dt::telemetry::record& record) {
  fmt::print("{}", record.event());
  if (const std::string* reason = record.find_tag("reason")) fmt::print(" reason={}", *reason);
  if (const std::string* ended = record.find_tag("ended")) fmt::print(" ended={}", *ended);
  for (const auto& measured : record.measurements()) {
    if (measured.name == "lines") fmt::print(" lines={}", std::get<std::int64_t>(measured.value));
  }
  fmt::print("\n");
}

dt::process<> operate() {
  auto connected = dt::telemetry::start(events::call);
  dt::telemetry::emit(events::call_dropped, [](dt::telemetry::record& record) { record.measure("lines", 3); });
  connected.stop();
  auto abandoned = dt::telemetry::start(events::call);
  co_return;
}

dt::process<> first() {
  // A handler runs on the thread that emits, so it must be quick; one that throws is detached.
  auto attached = dt::telemetry::attach("printer", "exchange.*", print);
  if (!attached) throw std::runtime_error{attached.error()};
  if (!dt::telemetry::attach("deaths", dt::events::process_exit.name(), print)) co_return;

  auto [worker, reference] = dt::spawn_monitor(operate);
  co_await dt::receive<dt::down>();
  dt::telemetry::detach("deaths");
}

int main() { return dt::run({.schedulers = 1}, first); }
