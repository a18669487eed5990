// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_telemetry.hpp>

#include <memory>

#include <dialtone/otp/async_events.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone::detail {

namespace {

// Owned by the process: so it is there at its end, however that comes, when the reason is known.
struct told_begin : owned_resource {
  pid process;
  pid owner;
  time_point begun;

  void tag(telemetry::record& record) const {
    record.tag("pid", to_string(process));
    if (owner) record.tag("owner", to_string(owner));
  }
};

void tell_end(owned_resource& resource, scheduler& home) {
  const std::unique_ptr<told_begin> told{static_cast<told_begin*>(&resource)};
  home.state.telemetry.emit(events::async_end, [&](telemetry::record& record) {
    process_block* ended = home.slots.find(told->process);
    const bool is_doomed = ended != nullptr && ended->has(doomed);
    told->tag(record);
    record.tag("reason", to_string(is_doomed ? details(*ended).doom : exit_reason{}));
    record.measure("duration", home.now() - told->begun);
  });
}

}  // namespace

void tell_async_begins(pid owner) {
  scheduler& here = this_scheduler();
  telemetry_hub& hub = here.state.telemetry;
  if (!hub.may_want(events::async_begin) && !hub.may_want(events::async_end)) [[likely]]
    return;
  auto told = std::make_unique<told_begin>();
  told->process = here.current->self();
  told->owner = owner;
  told->begun = here.now();
  told->release = &tell_end;
  hub.emit(events::async_begin, [&](telemetry::record& record) { told->tag(record); });
  told.release()->own(here.current->owned);
}

}  // namespace dialtone::detail
