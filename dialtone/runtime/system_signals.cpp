// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/system_signals.hpp>

#include <dialtone/runtime/process_details.hpp>

namespace dialtone::detail {

namespace {

template <class Signal>
constexpr signal_type type_of{&Signal::handle, &destroy_signal<Signal>, sizeof(Signal), &type_name<Signal>};

template <class Signal>
constexpr signal header() {
  return {&type_of<Signal>, {}, {}};
}

// Owns a signal while its handler runs.
template <class Signal>
struct handled {
  explicit handled(signal* taken) : arrived{static_cast<Signal*>(taken)} {}
  ~handled() { destroy(arrived); }
  handled(const handled&) = delete;
  Signal* operator->() const { return arrived; }
  Signal* arrived;
};

}  // namespace

exit_signal::exit_signal(pid sender, exit_reason reason, bool from_link)
    : signal{header<exit_signal>()}, sender{sender}, reason{std::move(reason)}, from_link{from_link} {}

void exit_signal::handle(scheduler& home, process_block* receiver, signal* taken) {
  handled<exit_signal> arrived{taken};
  if (receiver != nullptr) home.exit_signal_arrived(*receiver, arrived->sender, arrived->reason, arrived->from_link);
}

link_signal::link_signal(pid sender) : signal{header<link_signal>()}, sender{sender} {}

void link_signal::handle(scheduler& home, process_block* receiver, signal* taken) {
  handled<link_signal> arrived{taken};
  // As if the link had been there and the process had just died: noproc is what a link to a dead process brings.
  if (receiver == nullptr) return home.signal_to<exit_signal>(arrived->sender, arrived->to, exit_reason::noproc, true);
  related(*receiver).links.insert(arrived->sender, {});
}

unlink_signal::unlink_signal(pid sender, std::uint64_t id) : signal{header<unlink_signal>()}, sender{sender}, id{id} {}

void unlink_signal::handle(scheduler& home, process_block* receiver, signal* taken) {
  handled<unlink_signal> arrived{taken};
  if (receiver != nullptr && receiver->related != nullptr) {
    link_end* end = receiver->related->links.find(arrived->sender);
    if (end != nullptr && end->unlink_id == 0) receiver->related->links.erase(arrived->sender);
  }
  home.signal_to<unlinked_signal>(arrived->sender, arrived->to, arrived->id);
}

unlinked_signal::unlinked_signal(pid sender, std::uint64_t id)
    : signal{header<unlinked_signal>()}, sender{sender}, id{id} {}

void unlinked_signal::handle(scheduler&, process_block* receiver, signal* taken) {
  handled<unlinked_signal> arrived{taken};
  if (receiver == nullptr || receiver->related == nullptr) return;
  link_end* end = receiver->related->links.find(arrived->sender);
  if (end != nullptr && end->unlink_id == arrived->id) receiver->related->links.erase(arrived->sender);
}

monitor_signal::monitor_signal(pid watcher, reference name)
    : signal{header<monitor_signal>()}, watcher{watcher}, name{name} {}

void monitor_signal::handle(scheduler& home, process_block* receiver, signal* taken) {
  handled<monitor_signal> arrived{taken};
  if (receiver == nullptr)
    return home.signal_to<down_signal>(arrived->watcher, arrived->to, arrived->name, exit_reason::noproc);
  related(*receiver).watchers.insert(arrived->name, arrived->watcher);
}

demonitor_signal::demonitor_signal(reference name) : signal{header<demonitor_signal>()}, name{name} {}

void demonitor_signal::handle(scheduler&, process_block* receiver, signal* taken) {
  handled<demonitor_signal> arrived{taken};
  if (receiver != nullptr && receiver->related != nullptr) receiver->related->watchers.erase(arrived->name);
}

down_signal::down_signal(pid who, reference name, exit_reason reason)
    : signal{header<down_signal>()}, who{who}, name{name}, reason{std::move(reason)} {}

void down_signal::handle(scheduler& home, process_block* receiver, signal* taken) {
  handled<down_signal> arrived{taken};
  if (receiver != nullptr) home.down_arrived(*receiver, arrived->name, arrived->who, arrived->reason);
}

}  // namespace dialtone::detail
