// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/multicast.hpp>

#include <algorithm>

#include <dialtone/runtime/coroutine.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

namespace {

// In the name of the receiver, whose fault it is when its message cannot be made.
signal* copy_for(scheduler& home, process_block& receiver, pid sender, const void* value, copy_function copy) {
  signal* made = nullptr;
  process_block* before = std::exchange(home.current, &receiver);
  try {
    made = copy(sender, value);
  } catch (...) {
    doom_by_exception(receiver, {});
  }
  home.current = before;
  return made;
}

}  // namespace

// The signal itself is for no process: it goes to the scheduler of the first one.
multicast::multicast(const signal_type* type, pid sender, std::vector<pid> receivers)
    : signal{type, anybody_at(receivers.front().scheduler()), sender}, receivers{std::move(receivers)} {}

std::vector<std::vector<pid>> those_elsewhere(core& here, std::span<const pid> receivers) {
  const std::size_t count = static_cast<scheduler&>(here).state.schedulers.size();
  // Who is said to be on a scheduler that there is not is dead.
  auto is_elsewhere = [&](pid one) { return one.scheduler() != here.index && one.scheduler() < count; };
  if (count == 1 || std::ranges::none_of(receivers, is_elsewhere)) return {};
  std::vector<std::vector<pid>> found(count);
  for (pid one : receivers)
    if (is_elsewhere(one)) found[one.scheduler()].push_back(one);
  std::erase_if(found, [](const std::vector<pid>& there) { return there.empty(); });
  return found;
}

void send_copies(core& here, std::span<const pid> receivers, const void* value, copy_function copy) {
  const pid sender = here.current->self();
  for (pid one : receivers) {
    if (one.scheduler() != here.index) continue;
    // Copied first: that is the user's code, and may do anything to the receiver.
    if (here.slots.find(one) == nullptr) continue;
    signal* made = copy(sender, value);
    if (process_block* found = here.slots.find(one))
      here.deliver(*found, *made);
    else
      destroy(made);
  }
}

void deliver_copies(scheduler& home, const multicast& arrived, const void* value, copy_function copy) {
  for (pid one : arrived.receivers) {
    process_block* found = home.slots.find(one);
    if (found == nullptr) continue;
    if (signal* made = copy_for(home, *found, arrived.from, value, copy)) home.deliver(*found, *made);
  }
}

}  // namespace dialtone::detail
