// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/paused_source.hpp>

#include <algorithm>

#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone::detail {

void paused_source::pause(process_block& process, std::uint32_t count) {
  cancel();
  left = std::max(count, 1u);
  paused_source*& first = details(process).paused;
  next = first;
  if (first != nullptr) first->link = &next;
  link = &first;
  first = this;
  process.flags |= claiming;
}

void paused_source::cancel() {
  if (link == nullptr) return;
  *link = next;
  if (next != nullptr) next->link = link;
  link = nullptr;
}

void scheduler::resume_sources(process_block& process, const signal& taken) {
  for (paused_source* each = process.details->paused; each != nullptr;) {
    paused_source& looked_at = *each;
    each = each->next;
    if (!looked_at.is_teller(looked_at, taken) || --looked_at.left != 0) continue;
    looked_at.cancel();
    looked_at.resume(looked_at);
  }
}

}  // namespace dialtone::detail
