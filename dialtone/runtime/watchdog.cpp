// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/watchdog.hpp>

#include <fmt/format.h>
#include <algorithm>

#include <dialtone/io/system.hpp>
#include <dialtone/runtime/runtime_events.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

namespace {

// Without anything to see for so many looks, the thread sleeps until a scheduler wakes.
constexpr int quiet_looks = 80;
constexpr int looks_in_limit = 4;
constexpr int blocked_limits = 4;

thread_local const runtime_state* watched_here = nullptr;

duration spent_by(const scheduler& watched) { return watched.time_spent.load(std::memory_order_acquire).spent(); }

}  // namespace

watchdog::watchdog(runtime_state& state, duration limit)
    : state_{state}, limit_{limit}, seen_(state.schedulers.size()), thread_{[this] { watch(); }} {}

watchdog::~watchdog() {
  {
    std::lock_guard lock{guard_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool watchdog::is_this_thread(const runtime_state& state) { return watched_here == &state; }

void watchdog::wake() {
  std::lock_guard lock{guard_};
  parked_.store(false, std::memory_order_relaxed);
  changed_.notify_one();
}

void watchdog::watch() {
  io::name_this_thread("dt-watchdog");
  watched_here = &state_;
  std::unique_lock lock{guard_};
  for (int quiet = 0; !stopping_;) {
    if (quiet < quiet_looks) {
      changed_.wait_for(lock, limit_ / looks_in_limit, [this] { return stopping_; });
    } else {
      // A scheduler that wakes clears its flag and then looks at this one; here it is the other way round. So either it
      // sees that the watchdog parks, or the watchdog sees that it is awake.
      parked_.store(true, std::memory_order_seq_cst);
      if (all_sleep()) changed_.wait(lock, [this] { return stopping_ || !parked_.load(std::memory_order_relaxed); });
      parked_.store(false, std::memory_order_relaxed);
      quiet = 0;
    }
    lock.unlock();
    quiet = look(state_.clock.now()) ? 0 : quiet + 1;
    lock.lock();
  }
}

bool watchdog::all_sleep() const {
  return std::ranges::all_of(state_.schedulers,
                             [](auto& each) { return each->asleep.load(std::memory_order_seq_cst); });
}

// A thread that the system has not let run holds nothing up by itself: it counts only after a multiple of the limit, as
// it may as well be blocked in a call.
bool watchdog::is_long(scheduler& watched, const seen& what, time_point now) const {
  duration held = now - what.since;
  return held >= blocked_limits * limit_ || (held >= limit_ && spent_by(watched) - what.spent >= limit_ / 2);
}

// One look at every scheduler; true when any of them has worked since the last.
bool watchdog::look(time_point now) {
  bool worked = false;
  for (std::size_t index = 0; index < seen_.size(); ++index) {
    scheduler& watched = *state_.schedulers[index];
    seen& last = seen_[index];
    const process_block& running = *watched.running_block.load(std::memory_order_acquire);
    std::uint64_t process = running.id.load(std::memory_order_relaxed);
    std::uint64_t reductions = running.reductions.load(std::memory_order_relaxed);
    if (process != last.process || reductions != last.reductions) {
      worked = true;
      last = {process, reductions, now, spent_by(watched), false};
    } else if (process != no_process) {
      worked = true;
      if (!last.reported && is_long(watched, last, now)) {
        last.reported = true;
        report(watched, last, now - last.since);
      }
    }
  }
  return worked;
}

void watchdog::report(scheduler& held, const seen& what, duration for_how_long) {
  pid process = pid::from_value(what.process);
  std::source_location where = held.running_place.load(std::memory_order_relaxed);
  std::string pid_text = to_string(process);
  std::string name = state_.registered.name_of(what.process).value_or("");
  std::string place = where.line() == 0
                          ? "its beginning"
                          : to_string(source_place{where.file_name(), where.line(), where.function_name()});
  state_.telemetry.emit(events::long_schedule, [&](telemetry::record& record) {
    record.tag("pid", pid_text);
    record.tag("name", name);
    record.tag("place", place);
    record.measure("duration", for_how_long);
    record.measure("scheduler", held.index);
  });
  state_.log.write(log_level::warning, {pid_text, name},
                   fmt::format("long_schedule: process {}{}{} has held scheduler {} for {} ms since it went on from {}",
                               pid_text, name.empty() ? "" : " ", name, held.index,
                               std::chrono::duration_cast<std::chrono::milliseconds>(for_how_long).count(), place));
}

}  // namespace dialtone::detail
