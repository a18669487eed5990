// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/spawn.hpp>

#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_events.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/starting.hpp>
#include <dialtone/runtime/system_signals.hpp>

namespace dialtone {

std::string to_string(spawn_error error) {
  switch (error) {
    case spawn_error::process_limit:
      return "the runtime has as many processes as it may have";
    case spawn_error::memory_limit:
      return "the runtime holds as much memory as it may hold";
    case spawn_error::name_taken:
      return "the name is taken";
    case spawn_error::name_limit:
      return "the runtime has as many names as it may have";
    case spawn_error::bad_name:
      return "a name has at most 255 bytes";
    case spawn_error::key_limit:
      return "the registry has as many entries as it may have";
  }
  return "unknown spawn error";
}

namespace {

// A name is no limit: who reads only the exit reason is to know what to change.
exit_reason reason_of(spawn_error why, std::string_view name) {
  if (why == spawn_error::name_taken)
    return exit_reason::custom_text(name.empty() ? "the key is taken" : fmt::format("the name '{}' is taken", name));
  if (why == spawn_error::bad_name || why == spawn_error::key_limit) return exit_reason::custom_text(to_string(why));
  return exit_reason::system_limit;
}

}  // namespace

system_limit_reached::system_limit_reached(spawn_error why, std::string_view name)
    : exit_exception{reason_of(why, name)}, why_{why} {}

namespace detail {

namespace {

std::uint32_t clamp_limit(std::size_t limit) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(limit, std::numeric_limits<std::uint32_t>::max()));
}

void apply(process_block& process, const spawn_options& options) {
  if (options.mailbox_limit != runtime_default) process.mailbox_limit = clamp_limit(options.mailbox_limit);
  if (options.mailbox_overflow == mailbox_policy::refuse) process.flags |= refusing;
  if (options.mailbox_overflow == mailbox_policy::drop_oldest) process.flags |= dropping;
  if (options.trap_exit) process.flags |= trapping;
  if (!options.label.empty()) details(process).label = options.label;
  if (!options.name.empty()) {
    details(process).names.push_back(options.name);
    process.flags |= named;
  }
  if (options.memory_limit != unlimited) {
    details(process).memory_limit = options.memory_limit;
    process.flags |= limited;
  }
}

}  // namespace

void prepare(scheduler& home, process_block& process, pid parent, const spawn_options* options) {
  process.flags |= fresh;
  process.parent = parent;
  process.mailbox_limit = home.mailbox_limit;
  if (options != nullptr) apply(process, *options);
}

void announce(core& home, process_block& process) {
  static_cast<scheduler&>(home).state.telemetry.emit(events::process_start, [&](telemetry::record& record) {
    record.tag("pid", to_string(process.self()));
    record.tag("parent", to_string(process.parent));
    if (process.has(named)) record.tag("name", process.details->names.front());
  });
}

void birth::bring_up(process_block& born) {
  if (born.mailbox_first != nullptr) deliver_early_signals(here, born);
  announce(here, born);
  if (!born.has(queued)) here.enqueue(born);
}

void birth::take_back() {
  child->flags &= ~std::uint32_t{embryo};
  const bool alone = child->mailbox_first == nullptr && child->related == nullptr && child->details == nullptr &&
                     child->owned == nullptr;
  if (alone) return here.slots.release(*child);
  // Whom it is linked to and what it was sent is seen off as by a kill.
  child->parent = parent->self();
  static_cast<scheduler&>(here).doom(*child, exit_reason::killed);
  if (!child->has(queued)) here.enqueue(*child);
}

std::expected<void, spawn_error> birth::take_name(const spawn_request& request) {
  const spawn_options& options = *request.options;
  // The key first: it goes with the child if the name cannot be had.
  if (options.via)
    if (auto taken = options.via.key()->take(); !taken) return taken;
  return detail::take_name(static_cast<scheduler&>(here).state, options.name, child->self());
}

monitored birth::finish(std::coroutine_handle<> frame, const spawn_request& request) {
  process_block& born = *std::exchange(child, nullptr);
  here.current = parent;
  scheduler& home = static_cast<scheduler&>(here);
  born.frame = frame;
  born.flags &= ~std::uint32_t{embryo};
  prepare(home, born, parent->self(), request.options);
  monitored result{born.self(), {}};
  if (request.link) {
    related(*parent).links.insert(result.pid, {});
    related(born).links.insert(parent->self(), {});
  }
  if (request.monitor) {
    result.reference = home.new_monitor_reference();
    watch(home, *parent, result.pid, result.reference);
  }
  bring_up(born);
  if (born.has(limited)) home.check_memory(born);
  return result;
}

bool is_local(core& here, const spawn_request& request) {
  const placement& where = request.options->scheduler;
  if (where.is_local()) return true;
  if (where.is_spread()) return static_cast<scheduler&>(here).state.schedulers.size() == 1;
  return where.scheduler() == here.index;
}

bool has_memory(core& here) {
  runtime_state& state = static_cast<scheduler&>(here).state;
  if (DIALTONE_FAULT_POINT(static_cast<scheduler&>(here), fault_points::spawn_refused)) return false;
  return state.bytes.load(std::memory_order_relaxed) + here.bytes_unpublished() < memory_limit_of(state);
}

std::int64_t memory_limit_of(const runtime_state& state) {
  return static_cast<std::int64_t>(std::min<std::size_t>(state.options.memory_limit, 1ull << 62));
}

std::expected<void, spawn_error> check_spawn(core& here, const spawn_request& request) {
  runtime_state& state = static_cast<scheduler&>(here).state;
  const placement& where = request.options->scheduler;
  DIALTONE_ASSERT(where.is_local() || where.is_spread() || where.scheduler() < state.schedulers.size(),
                  "spawn names a scheduler that the runtime does not have");
  return check_name(state, *request.options);
}

std::expected<void, spawn_error> check_name(runtime_state& state, const spawn_options& options) {
  const std::string& name = options.name;
  if (name.size() > names::name_length_limit) return std::unexpected{spawn_error::bad_name};
  if (!name.empty() && state.registered.find(name)) return std::unexpected{spawn_error::name_taken};
  if (options.via.whereis()) return std::unexpected{spawn_error::name_taken};
  return {};
}

std::expected<void, spawn_error> take_name(runtime_state& state, const std::string& name, pid owner) {
  if (name.empty()) return {};
  auto inserted = state.registered.insert(name, owner.value());
  if (inserted) return {};
  return std::unexpected{inserted.error() == name_refusal::too_many ? spawn_error::name_limit
                                                                    : spawn_error::name_taken};
}

remote_start::remote_start(const signal_type* type, const spawn_request& request)
    : signal{type, {}, {}},
      options{request.options == nullptr ? nullptr : std::make_unique<spawn_options>(*request.options)},
      link{request.link},
      monitor{} {
  if (request.monitor) monitor = this_scheduler().new_monitor_reference();
}

namespace {

std::uint32_t choose_scheduler(scheduler& here, const placement& where) {
  if (!where.is_spread()) return where.scheduler();
  here.next_spread = (here.next_spread + 1) % static_cast<std::uint32_t>(here.state.schedulers.size());
  return here.next_spread;
}

}  // namespace

std::expected<monitored, spawn_error> send_start(core& core_here, remote_start& start) {
  scheduler& here = static_cast<scheduler&>(core_here);
  process_block& parent = *here.current;
  std::uint32_t target = choose_scheduler(here, start.options->scheduler);
  here.reserved.resize(here.state.schedulers.size());
  std::vector<pid>& cache = here.reserved[target];
  auto refuse = [&](spawn_error why) {
    destroy(&start);
    return std::unexpected{why};
  };
  if (cache.empty() && !here.state.schedulers[target]->slots.reserve(cache)) return refuse(spawn_error::process_limit);
  pid child = cache.back();
  const std::string& name = start.options->name;
  if (auto named = take_name(here.state, name, child); !named) return refuse(named.error());
  if (!here.slots.charge()) {
    here.state.registered.erase(name, child.value());
    return refuse(spawn_error::process_limit);
  }
  cache.pop_back();
  monitored result{child, start.monitor};
  start.to = child;
  start.from = parent.self();
  if (start.link) related(parent).links.insert(child, {});
  if (start.monitor) related(parent).monitors.insert(start.monitor, child);
  // So that what its parent sends ahead in the same slice (a socket) is there before it runs.
  if (target != here.index) here.hold_back(target);
  here.route(&start);
  return result;
}

void deliver_early_signals(core& home, process_block& process) {
  scheduler& here = static_cast<scheduler&>(home);
  signal* early = std::exchange(process.mailbox_first, nullptr);
  process.mailbox_last = &process.mailbox_first;
  process.mailbox_size = 0;
  while (early != nullptr) {
    signal* arrived = std::exchange(early, early->next);
    here.count_bytes(process, -std::int64_t{arrived->type->size});
    if (arrived->type->handle != nullptr)
      arrived->type->handle(here, &process, arrived);
    else
      here.deliver(process, *arrived);
  }
}

namespace {

void make_frame(scheduler& home, process_block& process, remote_start& start,
                std::coroutine_handle<> (*create)(remote_start&)) {
  process_block* before = std::exchange(home.current, &process);
  try {
    std::expected<void, spawn_error> taken;
    if (start.options != nullptr && start.options->via) taken = start.options->via.key()->take();
    if (taken)
      process.frame = create(start);
    else
      home.doom(process, reason_of(taken.error(), {}));
  } catch (...) {
    doom_by_exception(process, {});
  }
  home.current = before;
}

}  // namespace

void handle_start(scheduler& home, process_block*, signal* taken, std::coroutine_handle<> (*create)(remote_start&)) {
  auto& start = static_cast<remote_start&>(*taken);
  process_block& process = home.slots.claim(start.to);
  prepare(home, process, start.from, start.options.get());
  if (start.link) related(process).links.insert(start.from, {});
  if (start.monitor) related(process).watchers.insert(start.monitor, start.from);
  if (start.at_end) {
    details(process).at_end = std::move(start.at_end);
    process.flags |= rooted;
  }
  home.slots.restock();
  if (process.mailbox_first != nullptr) deliver_early_signals(home, process);
  if (!process.has(doomed)) {
    make_frame(home, process, start, create);
    announce(home, process);
  }
  destroy(taken);
  if (!process.has(queued)) home.enqueue(process);
}

void refuse_spawn(spawn_error why, const spawn_options* options) {
  throw system_limit_reached{why, options == nullptr ? std::string_view{} : options->name};
}

}  // namespace detail

}  // namespace dialtone
