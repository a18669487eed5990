// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/process_info.hpp>

#include <fmt/format.h>

#include <dialtone/runtime/ask_scheduler.hpp>
#include <dialtone/runtime/describe_process.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone {

std::string to_string(process_state state) {
  constexpr std::string_view texts[] = {"ready", "running", "waiting", "owing", "exiting"};
  return std::string{texts[static_cast<std::size_t>(state)]};
}

std::string to_string(const process_info& info) {
  return fmt::format("{} {} {} mailbox {} reductions {} bytes {}{}{}", to_string(info.pid),
                     info.names.empty() ? (info.label.empty() ? "-" : info.label) : info.names.front(),
                     to_string(info.state), info.mailbox_length, info.reductions, info.bytes,
                     info.suspended_at.empty() ? "" : " at ",
                     info.suspended_at.empty() ? std::string{} : to_string(info.suspended_at.front()));
}

namespace detail {

namespace {

process_state state_of(scheduler& here, const process_block& process) {
  if (&process == here.whose_slice()) return process_state::running;
  if (process.has(doomed | dying | finished)) return process_state::exiting;
  if (process.has(owing)) return process_state::owing;
  return process.has(queued) ? process_state::ready : process_state::waiting;
}

}  // namespace

std::vector<source_place> places_of(const process_block& process) {
  std::vector<source_place> places;
  if (!process.frame || process.has(fresh)) return places;
  // The promise of a process's frame begins with promise_base, as that of each task below it.
  promise_base* promise = &std::coroutine_handle<promise_base>::from_address(process.frame.address()).promise();
  for (; promise != nullptr; promise = promise->child) {
    if (promise->place.line() == 0) continue;
    places.push_back({promise->place.file_name(), promise->place.line(), promise->place.function_name()});
  }
  return {places.rbegin(), places.rend()};
}

process_info describe_process(scheduler& here, const process_block& process) {
  process_info info;
  info.pid = process.self();
  info.parent = process.parent;
  info.state = state_of(here, process);
  info.suspended_at = places_of(process);
  for (const signal* waiting = process.mailbox_first; waiting != nullptr; waiting = waiting->next)
    ++info.mailbox_length;
  info.mailbox_limit = process.mailbox_limit;
  info.messages_dropped = process.messages_dropped;
  info.reductions = process.reductions;
  info.bytes = process.bytes;
  info.traps_exits = process.has(trapping);
  if (process.details != nullptr) {
    info.names = process.details->names;
    info.label = process.details->label;
  }
  if (process.related != nullptr) {
    for (const auto& end : process.related->links) info.links += end.value.unlink_id == 0 ? 1 : 0;
    info.monitors = process.related->monitors.size();
    info.monitored_by = process.related->watchers.size();
  }
  return info;
}

namespace {

std::optional<process_info> answer_info(scheduler& home, pid about) {
  process_block* found = home.slots.find(about);
  if (found == nullptr || found->has(embryo)) return std::nullopt;
  return describe_process(home, *found);
}

std::vector<pid> answer_all(scheduler& home, pid) {
  std::vector<pid> all;
  home.slots.each([&](process_block& process) {
    if (!process.has(embryo)) all.push_back(process.self());
  });
  return all;
}

}  // namespace

}  // namespace detail

task<std::optional<process_info>> info_of(pid process) {
  detail::scheduler& here = detail::this_scheduler_of_process();
  if (process.scheduler() == here.index) co_return detail::answer_info(here, process);
  if (process.scheduler() >= here.state.schedulers.size()) co_return std::nullopt;
  auto answer = co_await detail::ask_scheduler(process, &detail::answer_info);
  co_return answer ? std::move(*answer) : std::nullopt;
}

std::uint32_t scheduler_count() {
  return static_cast<std::uint32_t>(detail::this_scheduler_of_process().state.schedulers.size());
}

std::size_t process_count() {
  std::size_t count = 0;
  for (auto& each : detail::this_scheduler_of_process().state.schedulers) count += each->slots.live();
  return count;
}

task<std::vector<pid>> all_processes() {
  const std::uint32_t schedulers = scheduler_count();
  std::vector<pid> all;
  for (std::uint32_t index = 0; index < schedulers; ++index) {
    auto some = co_await detail::ask_scheduler(detail::anybody_at(index), &detail::answer_all);
    if (some) all.insert(all.end(), some->begin(), some->end());
  }
  co_return all;
}

}  // namespace dialtone
