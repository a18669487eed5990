// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/receive.hpp>

#include <dialtone/runtime/mailbox_search.hpp>

namespace dialtone::detail {

void mailbox_wait::search(core& here) {
  process_block& process = *here.current;
  if (accept != nullptr) {
    taken = mailbox_search::first(here, process, [this](const signal& asked) { return wants(asked); });
    return;
  }
  signal** link = &process.mailbox_first;
  while (*link != nullptr && !wants(**link)) link = &(*link)->next;
  if (*link != nullptr) taken = here.take(process, link);
}

void mailbox_wait::stop_waiting() {
  for (receiver** link = &process->receivers; *link != nullptr; link = &(*link)->next_receiver) {
    if (*link != this) continue;
    *link = next_receiver;
    return;
  }
}

void mailbox_wait::abandon() noexcept {
  stop_waiting();
  this_core->forget(*this);
  if (taken != nullptr) give_back();
}

// The await has lost a race, or its predicate has thrown, after a message had been chosen for it: the next receive
// finds that message first.
void mailbox_wait::give_back() noexcept {
  core& here = *this_core;
  if (here.current->has(dying)) return destroy(taken);
  here.put_back(*here.current, *taken);
}

void timed_mailbox_wait::time_is_up(waiter& waiting) {
  auto& self = static_cast<timed_mailbox_wait&>(waiting);
  if (self.taken != nullptr) return;
  self.stop_waiting();
  this_core->make_ready(*self.process, self);
}

}  // namespace dialtone::detail
