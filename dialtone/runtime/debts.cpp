// SPDX-License-Identifier: Apache-2.0
// What happens at a full mailbox. Above its limit a sender is let through but owes: it does not run past its next await
// until the mailbox has drained to half. At four times the limit the receiver's policy decides about the message.
//
// A debt is never for ever. Processes of one scheduler that owe each other in a circle are let go at once; any debt
// that is older than five seconds is forgiven: its receiver may be waiting for this very sender.
#include <dialtone/runtime/crash_report.hpp>
#include <dialtone/runtime/mailbox_search.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_events.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/system_signals.hpp>

namespace dialtone::detail {

namespace {

constexpr std::uint64_t hard_limit_factor = 4;
constexpr duration debt_patience = std::chrono::seconds{5};

struct debt_signal : signal {
  explicit debt_signal(pid creditor);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  pid creditor;
};

struct credit_signal : signal {
  explicit credit_signal(pid creditor);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  pid creditor;
};

constexpr signal_type debt_type{&debt_signal::handle, &destroy_signal<debt_signal>, sizeof(debt_signal),
                                &type_name<debt_signal>};
constexpr signal_type credit_type{&credit_signal::handle, &destroy_signal<credit_signal>, sizeof(credit_signal),
                                  &type_name<credit_signal>};

debt_signal::debt_signal(pid creditor) : signal{&debt_type, {}, {}}, creditor{creditor} {}
credit_signal::credit_signal(pid creditor) : signal{&credit_type, {}, {}}, creditor{creditor} {}

void debt_signal::handle(scheduler& home, process_block* receiver, signal* taken) {
  if (receiver != nullptr) home.add_debt(*receiver, static_cast<debt_signal*>(taken)->creditor);
  destroy(taken);
}

void credit_signal::handle(scheduler& home, process_block* receiver, signal* taken) {
  if (receiver != nullptr) home.settle_debt(*receiver, static_cast<credit_signal*>(taken)->creditor);
  destroy(taken);
}

// Whether `debtor` waits, directly or through others of this scheduler, for `sought`. Looks at `left` debts at most:
// many debtors of many creditors make more ways than there is time for.
bool waits_for(scheduler& here, process_block& debtor, pid sought, int& left) {
  if (!debtor.has(owing)) return false;
  for (const auto& creditor : debtor.details->creditors) {
    if (creditor.key == sought) return true;
    if (--left <= 0) return false;
    if (creditor.key.scheduler() != here.index) continue;
    process_block* next = here.slots.find(creditor.key);
    if (next != nullptr && waits_for(here, *next, sought, left)) return true;
  }
  return false;
}

}  // namespace

void core::deliver_over_limit(process_block& process, signal& arrived) {
  scheduler& here = static_cast<scheduler&>(*this);
  if (process.has(doomed)) return destroy(&arrived);
  if (process.mailbox_size >= hard_limit_factor * process.mailbox_limit) {
    here.state.telemetry.emit(events::mailbox_overflow, [&](telemetry::record& record) {
      record.tag("pid", to_string(process.self()));
      record.measure("length", static_cast<std::int64_t>(process.mailbox_size));
    });
    if (process.has(refusing)) {
      ++process.messages_dropped;
      if (arrived.type->refuse != nullptr) arrived.type->refuse(*this, &arrived);
      return destroy(&arrived);
    }
    if (!process.has(dropping)) {
      process.flags |= crashed;
      here.doom(process, exit_reason::mailbox_overflow);
      return destroy(&arrived);
    }
    signal** oldest = &process.mailbox_first;
    while (!(*oldest)->from) oldest = &(*oldest)->next;
    drop(*this, process, take_out(*this, process, oldest));
  }
  pid sender = arrived.from;
  ++process.mailbox_size;
  append(process, arrived);
  here.owe(sender, process);
}

void scheduler::owe(pid debtor, process_block& creditor) {
  if (debtor == creditor.self() || debtor == outside_pid || creditor.has(doomed)) return;
  if (debtor.scheduler() != index) {
    debt* known = details(creditor).debtors.find(debtor);
    // One that sends although it owed that long ago has been forgiven meanwhile, and owes again.
    if (known != nullptr && now() - known->since < debt_patience) return;
    if (known != nullptr)
      known->since = now();
    else
      details(creditor).debtors.insert(debtor, {now()});
    creditor.flags |= claiming;
    return signal_to<debt_signal>(debtor, creditor.self());
  }
  process_block* sender = slots.find(debtor);
  if (sender == nullptr || sender->has(never_owes)) return;
  if (sender->details != nullptr && sender->details->creditors.contains(creditor.self())) return;
  int debts_to_look_at = 64;
  if (waits_for(*this, creditor, debtor, debts_to_look_at)) {
    log_debt(*this, debtor, creditor.self(), "they wait for each other");
    return;
  }
  details(creditor).debtors.insert(debtor, {});
  creditor.flags |= claiming;
  add_debt(*sender, creditor.self());
}

void scheduler::add_debt(process_block& debtor, pid creditor) {
  if (debtor.has(never_owes | doomed)) return;
  process_details& about = details(debtor);
  if (!about.creditors.insert(creditor, {})) return;
  debtor.flags |= owing;
  if (&debtor == whose_slice()) end_slice();
  if (about.patience == nullptr) about.patience = std::make_unique<debt_timer>(debtor.self());
  if (!about.patience->is_set()) wheel.add(*about.patience, after_delay(now(), debt_patience));
}

void scheduler::settle_debt(process_block& debtor, pid creditor) {
  if (!debtor.has(owing) || !debtor.details->creditors.erase(creditor)) return;
  if (debtor.details->creditors.empty()) forgive_debts(debtor);
}

void scheduler::forgive_debts(process_block& debtor) {
  debtor.flags &= ~std::uint32_t{owing};
  debtor.details->creditors.clear();
  wheel.remove(*debtor.details->patience);
  if (debtor.has(queued | embryo) || &debtor == whose_slice()) return;
  if (debtor.ready_first != nullptr || debtor.has(fresh)) enqueue(debtor);
}

void debt_timer::fire(timer_node& node) noexcept {
  auto& self = static_cast<debt_timer&>(node);
  scheduler& here = this_scheduler();
  process_block* found = here.slots.find(self.debtor);
  if (found == nullptr || !found->has(owing)) return;
  for (const auto& creditor : found->details->creditors)
    log_debt(here, self.debtor, creditor.key, "it has waited for five seconds");
  here.forgive_debts(*found);
}

void core::has_taken(process_block& process, const signal& taken) {
  auto& here = static_cast<scheduler&>(*this);
  here.resume_sources(process, taken);
  if (process.mailbox_size <= process.mailbox_limit / 2) here.release_debtors(process);
}

void scheduler::release_debtors(process_block& creditor) {
  if (!creditor.has(claiming)) return;
  if (creditor.details->paused == nullptr) creditor.flags &= ~std::uint32_t{claiming};
  pid self = creditor.self();
  creditor.details->debtors.drain([&](pid debtor, debt) {
    if (debtor.scheduler() != index)
      signal_to<credit_signal>(debtor, self);
    else if (process_block* found = slots.find(debtor))
      settle_debt(*found, self);
  });
}

}  // namespace dialtone::detail
