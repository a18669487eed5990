// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/links.hpp>

#include <dialtone/runtime/mailbox_search.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/system_signals.hpp>

// Between two processes of one scheduler everything here acts at once, on both sides. Across schedulers it is done by
// signals; for links by the protocol of Erlang's distribution (UNLINK_ID): who unlinks keeps its end, marked with an
// id, until the other side has confirmed, and ignores link signals meanwhile. So crossing link and unlink signals never
// leave one end without the other.

namespace dialtone {

using detail::process_block;
using detail::related;
using detail::scheduler;
using detail::this_scheduler_of_process;

void link(pid other) {
  scheduler& here = this_scheduler_of_process();
  process_block& caller = *here.current;
  if (other == caller.self()) return;
  if (other.scheduler() != here.index) {
    detail::link_end* end = related(caller).links.find(other);
    if (end != nullptr && end->unlink_id == 0) return;
    if (end != nullptr)
      end->unlink_id = 0;
    else
      related(caller).links.insert(other, {});
    return here.signal_to<detail::link_signal>(other, caller.self());
  }
  process_block* found = here.slots.find(other);
  if (found == nullptr || found->has(detail::dying))
    return here.exit_signal_arrived(caller, other, exit_reason::noproc, false);
  if (related(caller).links.insert(other, {})) related(*found).links.insert(caller.self(), {});
}

void unlink(pid other) {
  scheduler& here = this_scheduler_of_process();
  process_block& caller = *here.current;
  detail::link_end* end = caller.related == nullptr ? nullptr : caller.related->links.find(other);
  if (end == nullptr || end->unlink_id != 0) return;
  if (other.scheduler() != here.index) {
    end->unlink_id = here.new_monitor_reference().value();
    return here.signal_to<detail::unlink_signal>(other, caller.self(), end->unlink_id);
  }
  caller.related->links.erase(other);
  if (process_block* found = here.slots.find(other); found != nullptr && found->related != nullptr)
    found->related->links.erase(caller.self());
}

reference monitor(pid other) {
  scheduler& here = this_scheduler_of_process();
  reference name = here.new_monitor_reference();
  detail::watch(here, *here.current, other, name);
  return name;
}

bool demonitor(reference name, demonitor_mode mode) {
  scheduler& here = this_scheduler_of_process();
  process_block& caller = *here.current;
  bool active = detail::unwatch(here, caller, name);
  if (mode == demonitor_mode::flush && !active) {
    for (detail::signal** link = &caller.mailbox_first; *link != nullptr; link = &(*link)->next) {
      if ((*link)->type != &detail::message_type<down>) continue;
      if (static_cast<detail::message<down>*>(*link)->value.reference != name) continue;
      detail::drop(here, caller, detail::take_out(here, caller, link));
      break;
    }
  }
  return active;
}

void exit(exit_reason reason) {
  scheduler& here = this_scheduler_of_process();
  here.doom(*here.current, std::move(reason));
  throw exit_unwind{};
}

void exit(pid other, exit_reason reason) {
  scheduler& here = this_scheduler_of_process();
  if (other.scheduler() != here.index)
    return here.signal_to<detail::exit_signal>(other, here.current->self(), std::move(reason), false);
  process_block* found = here.slots.find(other);
  if (found == nullptr) return;
  here.exit_signal_arrived(*found, here.current->self(), reason, false);
  if (found == here.current && found->has(detail::doomed) && !found->has(detail::dying)) throw exit_unwind{};
}

bool trap_exit(bool trap) {
  process_block& caller = detail::calling_process();
  bool before = caller.has(detail::trapping);
  caller.flags = trap ? caller.flags | detail::trapping : caller.flags & ~std::uint32_t{detail::trapping};
  return before;
}

bool is_alive(pid other) {
  scheduler& here = this_scheduler_of_process();
  if (other.scheduler() != here.index) return static_cast<bool>(other);
  process_block* found = here.slots.find(other);
  return found != nullptr && !found->has(detail::doomed | detail::dying);
}

namespace detail {

void watch(scheduler& here, process_block& watcher, pid other, reference name) {
  related(watcher).monitors.insert(name, other);
  if (other.scheduler() != here.index) return here.signal_to<monitor_signal>(other, watcher.self(), name);
  process_block* found = here.slots.find(other);
  // One that is dying may have told its watchers already.
  if (found == nullptr || found->has(dying)) return here.down_arrived(watcher, name, other, exit_reason::noproc);
  related(*found).watchers.insert(name, watcher.self());
}

bool unwatch(scheduler& here, process_block& watcher, reference name) {
  pid* watched = watcher.related == nullptr ? nullptr : watcher.related->monitors.find(name);
  if (watched == nullptr) return false;
  pid target = *watched;
  watcher.related->monitors.erase(name);
  if (target.scheduler() != here.index) {
    here.signal_to<demonitor_signal>(target, name);
  } else if (process_block* found = here.slots.find(target); found != nullptr && found->related != nullptr) {
    found->related->watchers.erase(name);
  }
  return true;
}

void scheduler::exit_signal_arrived(process_block& process, pid from, const exit_reason& reason, bool from_link) {
  // Whether it traps exits is known when its start has come.
  if (process.has(embryo)) return append(process, *make_signal<exit_signal>(from, reason, from_link));
  if (from_link) {
    link_end* end = process.related == nullptr ? nullptr : process.related->links.find(from);
    bool active = end != nullptr && end->unlink_id == 0;
    if (end != nullptr) process.related->links.erase(from);
    if (!active) return;
  } else if (reason.code() == exit_reason::kill) {
    return doom(process, exit_reason::killed);
  }
  if (process.has(trapping)) return deliver(process, *make_signal<message<exited>>(pid{}, from, reason));
  if (reason.code() == exit_reason::normal && from != process.self()) return;
  doom(process, reason);
}

void scheduler::down_arrived(process_block& watcher, reference name, pid who, const exit_reason& reason) {
  if (kind_of(name) == reference_kind::reply) return fail_reply(*this, name, reason);
  if (watcher.related == nullptr || !watcher.related->monitors.erase(name)) return;
  deliver(watcher, *make_signal<message<down>>(pid{}, name, who, reason));
}

}  // namespace detail

}  // namespace dialtone
