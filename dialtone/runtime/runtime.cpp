// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/runtime.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include <dialtone/io/signal_watch.hpp>
#include <dialtone/io/system.hpp>
#include <dialtone/runtime/describe_process.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/starting.hpp>
#include <dialtone/runtime/system_signals.hpp>
#include <dialtone/runtime/teardown.hpp>
#include <dialtone/runtime/watchdog.hpp>

namespace dialtone {

using detail::scheduler;
using detail::threading_is_real;

struct runtime::impl {
  explicit impl(runtime_options options) : state{std::move(options)} {}

  void begin();
  duration begin_stop(int signal_number);
  void tell_roots(exit_reason::code_type reason);
  bool roots_ended(duration limit);
  void end();
  void assert_may_stop() const;

  detail::runtime_state state;
  std::mutex guard;
  std::condition_variable roots_changed;
  std::vector<pid> roots;
  std::vector<std::vector<pid>> reserved;  // pids for roots, by scheduler
  std::uint32_t next_spread = 0;
  bool stop_asked = false;
  std::atomic<bool> closed = false;  // nothing that is started now would run; set under guard
  std::once_flag stopping;
  std::unique_ptr<io::signal_watch> signals;
  std::unique_ptr<detail::watchdog> watch;
  std::vector<std::thread> threads;
};

namespace {

void assert_outside() {
  DIALTONE_ASSERT(detail::this_core == nullptr,
                  "functions of a runtime object are for ordinary threads: a process would wait for its own scheduler");
}

}  // namespace

runtime::runtime(runtime_options options) : impl_{std::make_unique<impl>(std::move(options))} {
  impl& self = *impl_;
  self.reserved.resize(self.state.schedulers.size());
  if (!threading_is_real(self.state)) return;
  io::prepare_process();
  try {
    self.begin();
  } catch (...) {
    self.end();  // a thread that has started must not outlive what it runs
    throw;
  }
}

void runtime::impl::begin() {
  if (state.options.handle_signals)
    signals = std::make_unique<io::signal_watch>([this](int number) { return begin_stop(number); });
  if (state.options.long_schedule > duration::zero()) {
    watch = std::make_unique<detail::watchdog>(state, state.options.long_schedule);
    for (auto& each : state.schedulers) each->watch = watch.get();
  }
  for (auto& each : state.schedulers) {
    threads.emplace_back([this, &home = *each] {
      io::name_this_thread(("dt-sched-" + std::to_string(home.index)).c_str());
      if (state.options.pin_threads) io::pin_this_thread(home.index);
      home.run();
      detail::trim_pool();
    });
  }
  // Now that signals are watched: the log may start a thread, which must not get them.
  if (!state.driver_description.empty()) state.log.write(log_level::info, {}, "io driver: " + state.driver_description);
}

runtime::~runtime() {
  stop();
  impl_.reset();
  detail::trim_pool();  // the calling thread, which has destroyed what was left, may have no more use for it
}

pid runtime::start(detail::remote_start& start, end_function at_end) {
  assert_outside();
  impl& self = *impl_;
  auto refuse = [&](spawn_error why) -> pid {
    system_limit_reached refusal{why, start.options->name};
    destroy(&start);
    throw refusal;
  };
  if (auto allowed = detail::check_name(self.state, *start.options); !allowed) return refuse(allowed.error());
  if (self.state.bytes.load(std::memory_order_relaxed) >= detail::memory_limit_of(self.state))
    return refuse(spawn_error::memory_limit);
  const placement& where = start.options->scheduler;
  std::unique_lock lock{self.guard};
  // The arguments of a start that is refused are destroyed without the lock: their destructors may start others.
  auto refuse_unlocked = [&](spawn_error why) {
    lock.unlock();
    return refuse(why);
  };
  if (self.closed) {
    lock.unlock();
    destroy(&start);
    throw exit_exception{exit_reason::noconnection};
  }
  std::uint32_t target = where.is_local() ? 0
                         : where.is_spread()
                             ? self.next_spread++ % static_cast<std::uint32_t>(self.state.schedulers.size())
                             : where.scheduler();
  DIALTONE_ASSERT(target < self.state.schedulers.size(), "spawn names a scheduler that the runtime does not have");
  std::vector<pid>& cache = self.reserved[target];
  if (cache.empty() && !self.state.schedulers[target]->slots.reserve(cache))
    return refuse_unlocked(spawn_error::process_limit);
  if (self.state.quota.draw(1) == 0) return refuse_unlocked(spawn_error::process_limit);
  pid process = cache.back();
  if (auto named = detail::take_name(self.state, start.options->name, process); !named) {
    self.state.quota.give_back(1);
    return refuse_unlocked(named.error());
  }
  cache.pop_back();
  self.roots.push_back(process);
  start.to = process;
  start.at_end = [&self, process, at_end = std::move(at_end)](const exit_reason& reason) {
    if (at_end) at_end(reason);
    std::lock_guard ended{self.guard};
    std::erase(self.roots, process);
    self.roots_changed.notify_all();
  };
  self.state.schedulers[target]->post(&start, &start);
  return process;
}

exit_reason runtime::wait(pid process, std::future<exit_reason> ended) {
  if (threading_is_real(impl_->state)) return ended.get();
  for (;;) {
    run_until_idle();
    if (ended.wait_for(std::chrono::seconds{0}) == std::future_status::ready) return ended.get();
    time_point next = next_deadline();
    if (next != never && impl_->state.clock.advance_to(next)) continue;
    // It refers to the caller's frame: its result goes there.
    exit(process, exit_reason::kill);
    run_until_idle();
    throw std::logic_error{"the stepped runtime is idle: the process waits for something that will never come"};
  }
}

void runtime::post(pid receiver, detail::signal& sent) {
  assert_outside();
  sent.to = receiver;
  scheduler* home = detail::home_of(impl_->state, receiver);
  // After the end nobody would take it before the runtime is destroyed.
  if (home == nullptr || impl_->closed) return destroy(&sent);
  home->post(&sent, &sent);
}

void runtime::exit(pid process, exit_reason reason) {
  post(process, *detail::make_signal<detail::exit_signal>(pid{}, std::move(reason), false));
}

std::optional<pid> runtime::whereis(std::string_view name) const {
  auto found = impl_->state.registered.find(name);
  if (!found) return std::nullopt;
  return pid::from_value(*found);
}

std::optional<process_info> runtime::info(pid process) { return call(&info_of, process); }

std::vector<pid> runtime::processes() { return call(&all_processes); }

telemetry_hub& runtime::telemetry() { return impl_->state.telemetry; }

std::uint32_t runtime::scheduler_count() const { return impl_->state.options.schedulers; }

const spawn_options& runtime::call_options() {
  static const spawn_options options{.label = "runtime::call"};
  return options;
}

duration runtime::impl::begin_stop(int signal_number) {
  bool again = std::exchange(stop_asked, true);
  tell_roots(again || signal_number == 0 ? exit_reason::kill : exit_reason::shutdown);
  return again ? duration::zero() : state.options.stop_timeout;
}

void runtime::impl::tell_roots(exit_reason::code_type reason) {
  std::lock_guard lock{guard};
  for (pid root : roots) {
    auto* sent = detail::make_signal<detail::exit_signal>(pid{}, reason, false);
    sent->to = root;
    detail::home_of(state, root)->post(sent, sent);
  }
}

bool runtime::impl::roots_ended(duration limit) {
  std::unique_lock lock{guard};
  auto ended = [this] { return roots.empty(); };
  if (limit == duration::max()) {
    roots_changed.wait(lock, ended);
    return true;
  }
  constexpr duration longest = std::chrono::hours{24 * 365};  // the sum with the present must be a time
  return roots_changed.wait_for(lock, std::min(limit, longest), ended);
}

void runtime::wait() {
  assert_outside();
  impl_->roots_ended(duration::max());
}

void runtime::stop() {
  impl_->assert_may_stop();
  std::call_once(impl_->stopping, [this] {
    impl_->tell_roots(exit_reason::shutdown);
    // Without threads, a process that never waits would be as long as any timeout.
    constexpr int most_turns = 10'000;
    if (threading_is_real(impl_->state))
      impl_->roots_ended(impl_->state.options.stop_timeout);
    else
      for (int turn = 0; turn < most_turns && !impl_->roots_ended(duration::zero()) && step();) ++turn;
    impl_->end();
    detail::trim_pool();  // what was left has been destroyed here; the calling thread may have no more use for it
  });
}

void runtime::halt() {
  impl_->assert_may_stop();
  std::call_once(impl_->stopping, [this] {
    for (auto& each : impl_->state.schedulers) each->halt();
    impl_->state.blocking.stop();  // what has not begun is not done on a machine without power
    impl_->end();
    detail::trim_pool();
  });
}

void runtime::impl::assert_may_stop() const {
  assert_outside();
  const bool is_served_by_this_thread = state.blocking.is_worker() || detail::watchdog::is_this_thread(state);
  DIALTONE_ASSERT(
      !is_served_by_this_thread,
      "a runtime is not stopped from its own blocking work, log sink or watchdog: it would wait for itself");
}

void runtime::impl::end() {
  for (auto& each : state.schedulers) each->stop();
  for (std::thread& each : threads) each.join();
  watch.reset();
  {
    std::lock_guard lock{guard};
    closed = true;
  }
  detail::tear_down(state);
  signals.reset();
  state.log.flush();
}

bool runtime::step() {
  assert_outside();
  DIALTONE_ASSERT(!threading_is_real(impl_->state), "step is for stepped runtimes: this one has threads");
  bool worked = false;
  for (auto& each : impl_->state.schedulers) {
    scheduler::presence here{*each};
    worked |= each->turn(duration::zero());
  }
  // The poll at the end of a turn may have left work for the next one.
  for (auto& each : impl_->state.schedulers) worked |= !each->ready.empty() || each->driver->is_ready();
  return worked;
}

bool runtime::is_idle() {
  DIALTONE_ASSERT(!threading_is_real(impl_->state),
                  "threads are at work all the time: is_idle is for stepped runtimes");
  return std::ranges::all_of(impl_->state.schedulers, [](const auto& each) { return each->is_idle(); });
}

void runtime::run_until_idle() {
  while (step()) {
  }
}

time_point runtime::next_deadline() {
  time_point next = never;
  for (auto& each : impl_->state.schedulers) next = std::min(next, each->wheel.next_deadline());
  return next;
}

}  // namespace dialtone
