// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/memory_drivers.hpp>

#include <algorithm>

namespace dialtone::detail {

namespace {

/// Comes from the thread of a peer.
struct memory_signal : signal {
  explicit memory_signal(std::uint32_t scheduler);
  static void handle(scheduler& home, process_block*, signal* taken) {
    socket_table::of(home).drivers.get<memory_drivers>(home).poll();
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
  std::erase_if(drivers_, [this](const io::memory_driver& each) { return is_over(each); });
  return drivers_.emplace_back(network, [this] { ready(); });
}

// A socket that was told its end may have no handle any more and still ask its driver.
bool memory_drivers::is_over(const io::memory_driver& of) const {
  bool has_sockets = of.has_sources();
  socket_table::of(home_).each([&](const any_socket& each) { has_sockets = has_sockets || &each.driver() == &of; });
  return !has_sockets && of.is_forgotten();
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
