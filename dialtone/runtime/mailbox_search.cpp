// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/mailbox_search.hpp>

namespace dialtone::detail {

namespace {

constinit thread_local mailbox_search* under_way = nullptr;

}  // namespace

mailbox_search::mailbox_search(process_block& process) : process_{process}, link_{&process.mailbox_first} {
  under_way = this;
  process.flags |= searching;
}

mailbox_search::~mailbox_search() {
  under_way = nullptr;
  process_.flags &= ~std::uint32_t{searching};
}

signal* take_out(core& here, process_block& process, signal** link) {
  signal** const behind = &(*link)->next;
  signal* taken = here.take(process, link);
  if (process.has(searching) && under_way->link_ == behind) under_way->link_ = link;
  return taken;
}

void drop(core& here, process_block& process, signal* taken) {
  if (under_way != nullptr && under_way->asked_ == taken)
    under_way->dropped_ = taken;
  else
    mailbox_search::lose(here, process, taken);
}

void mailbox_search::lose(core& here, process_block& process, signal* dropped) {
  if (dropped->from) ++process.messages_dropped;
  if (dropped->type->refuse != nullptr) dropped->type->refuse(here, dropped);
  destroy(dropped);
}

}  // namespace dialtone::detail
