// SPDX-License-Identifier: Apache-2.0
// How a receive goes through the mailbox of its process while its predicate may take messages out of it: demonitor with
// flush does, and a send to itself at a full mailbox that drops the oldest. Whoever takes a message out that a search
// may stand at takes it with take_out and drops it with drop. For the room runtime, and who demonitors.
#pragma once

#include <dialtone/runtime/core.hpp>

namespace dialtone::detail {

/// The message at `link`, as core::take; a search that stands behind it goes on where it was.
signal* take_out(core& here, process_block& process, signal** link);
/// Refuses, counts and destroys what was taken out: the one that the predicate is being asked about when that has
/// returned. If the predicate wants it nevertheless, it is received, as if it had not been dropped.
void drop(core& here, process_block& process, signal* taken);

/// One at a time on a thread: a predicate does not wait.
class mailbox_search {
 public:
  /// Null: none is wanted; else it is taken out.
  template <class Wanted>
  static signal* first(core& here, process_block& process, Wanted wanted) {
    mailbox_search self{process};
    while ((self.asked_ = *self.link_) != nullptr) {
      const bool is_wanted = wanted(*self.asked_);
      if (signal* dropped = std::exchange(self.dropped_, nullptr)) {
        self.asked_ = nullptr;
        if (is_wanted) return dropped;
        lose(here, process, dropped);
      } else if (is_wanted) {
        return take_out(here, process, self.link_);
      } else {
        self.link_ = &self.asked_->next;
      }
    }
    return nullptr;
  }
  mailbox_search(const mailbox_search&) = delete;
  mailbox_search& operator=(const mailbox_search&) = delete;

 private:
  explicit mailbox_search(process_block& process);
  ~mailbox_search();
  friend signal* take_out(core& here, process_block& process, signal** link);
  friend void drop(core& here, process_block& process, signal* taken);
  static void lose(core& here, process_block& process, signal* dropped);

  process_block& process_;
  signal** link_;              // what points to the one that is asked about
  signal* asked_ = nullptr;    // may be out of the mailbox by now
  signal* dropped_ = nullptr;  // that one, then
};

}  // namespace dialtone::detail
