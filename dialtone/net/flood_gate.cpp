// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/flood_gate.hpp>

namespace dialtone::detail {

flood_gate::own_work::own_work(any_socket& socket)
    : late_work{[](late_work& work) { static_cast<own_work&>(work).socket.go_on(); }}, socket{socket} {}

flood_gate::flood_gate(any_socket& socket) : paused_source{&has_told, &open}, socket_{socket}, later_{socket} {}

void flood_gate::count(process_block* owner, std::size_t size) {
  ++since_look_;
  bytes_since_look_ += size;
  const bool large = bytes_since_look_ >= most_bytes;
  if ((since_look_ < most && !large) || owner == nullptr) return;
  since_look_ = 0;
  bytes_since_look_ = 0;
  std::uint32_t waiting = 0;
  for (const signal* each = owner->mailbox_first; each != nullptr && waiting < most; each = each->next)
    if (socket_.has_told(*each)) ++waiting;
  if (waiting >= most / 2 || (large && waiting != 0)) pause(*owner, waiting / 2);
}

bool flood_gate::has_told(const paused_source& self, const signal& message) {
  return static_cast<const flood_gate&>(self).socket_.has_told(message);
}

void flood_gate::open(paused_source& self) {
  scheduler& here = this_scheduler();
  here.turn_end.ask(static_cast<flood_gate&>(self).later_);
}

}  // namespace dialtone::detail
