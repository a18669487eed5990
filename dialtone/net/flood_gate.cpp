// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/flood_gate.hpp>

#include <algorithm>

namespace dialtone::detail {

flood_gate::own_work::own_work(flood_gate& self)
    : late_work{[](late_work& work) { static_cast<own_work&>(work).self.look_again(); }}, self{self} {}

flood_gate::flood_gate(any_socket& socket) : paused_source{&has_told, &open}, socket_{socket}, later_{*this} {}

void flood_gate::count(process_block* owner, std::size_t size) {
  ++since_look_;
  bytes_since_look_ += size;
  const bool large = bytes_since_look_ >= most_bytes;
  if ((since_look_ < most && !large) || owner == nullptr) return;
  since_look_ = 0;
  bytes_since_look_ = 0;
  const std::uint32_t waiting = waiting_at(*owner);
  if (waiting < most / 2 && (!large || waiting == 0)) return;
  opens_at_ = waiting - std::max(waiting / 2, 1u);
  pause(*owner, waiting - opens_at_);
}

std::uint32_t flood_gate::waiting_at(const process_block& owner) const {
  std::uint32_t waiting = 0;
  for (const signal* each = owner.mailbox_first; each != nullptr; each = each->next)
    if (socket_.has_told(*each)) ++waiting;
  return waiting;
}

bool flood_gate::has_told(const paused_source& self, const signal& message) {
  return static_cast<const flood_gate&>(self).socket_.has_told(message);
}

void flood_gate::open(paused_source& self) {
  scheduler& here = this_scheduler();
  here.turn_end.ask(static_cast<flood_gate&>(self).later_);
}

// As many have been taken as it wanted, but some of them may have been put back.
void flood_gate::look_again() {
  if (process_block* owner = this_scheduler().slots.find(socket_.owner())) {
    const std::uint32_t waiting = waiting_at(*owner);
    if (waiting > opens_at_) return pause(*owner, waiting - opens_at_);
  }
  socket_.go_on();
}

}  // namespace dialtone::detail
