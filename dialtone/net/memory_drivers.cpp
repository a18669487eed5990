// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/memory_drivers.hpp>

#include <algorithm>

namespace dialtone::detail {

namespace {

/// Comes from the thread of a peer.
struct memory_signal : signal {
  explicit memory_signal(std::uint32_t scheduler);
  static void handle(scheduler& home, process_block*, signal* taken) {
    home.parts.get<socket_table>(home).drivers.get<memory_drivers>(home).poll();
    destroy(taken);
  }
};

constexpr signal_type memory_signal_type{&memory_signal::handle, &destroy_signal<memory_signal>, sizeof(memory_signal),
                                         &type_name<memory_signal>};

memory_signal::memory_signal(std::uint32_t scheduler) : signal{&memory_signal_type, pid{scheduler, 0, 0}, {}} {}

}  // namespace

memory_drivers::memory_drivers(scheduler& home) : home_{home}, late_{*this} {}

memory_drivers& memory_drivers::here() {
  socket_table& table = socket_table::here();
  return table.drivers.get<memory_drivers>(table.home);
}

io::memory_driver& memory_drivers::of(const std::shared_ptr<io::memory_network>& network) {
  auto* own = dynamic_cast<io::memory_driver*>(home_.driver.get());
  if (own != nullptr && own->network() == network) return *own;  // of a runtime that is in the network with all it has
  const auto known = std::ranges::find(drivers_, network, &io::memory_driver::network);
  if (known != drivers_.end()) return *known;
  // A network that only its driver knows, without a socket, is over.
  std::erase_if(drivers_,
                [](const io::memory_driver& each) { return each.network().use_count() == 1 && !each.has_sources(); });
  return drivers_.emplace_back(network, [this] { ready(); });
}

void memory_drivers::ready() {
  if (this_core == &home_) return home_.turn_end.ask(late_);
  signal* told = make_signal<memory_signal>(home_.index);
  home_.post(told, told);
}

void memory_drivers::poll() {
  for (io::memory_driver& each : drivers_) each.poll(duration::zero());
}

}  // namespace dialtone::detail
