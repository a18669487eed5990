// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_connection.hpp>

namespace dialtone::testing::simulated {

simulated_connection& simulated_connections::add() {
  if (free_.empty()) {
    const auto slot = static_cast<std::uint32_t>(all_.size());
    all_.emplace_back().id.slot = slot;
    free_.push_back(slot);
  }
  simulated_connection& added = all_[free_.back()];
  free_.pop_back();
  added.used = true;
  added.number = ++added_;
  return added;
}

void simulated_connections::remove(simulated_connection& removed) {
  const std::uint32_t generation = removed.id.generation + 1;
  removed = {.number = 0, .id = {removed.id.slot, generation == 0 ? 1 : generation}};
  free_.push_back(removed.id.slot);
}

simulated_connection* simulated_connections::find(connection_id id) {
  if (id.slot >= all_.size() || all_[id.slot].id != id) return nullptr;
  return all_[id.slot].used ? &all_[id.slot] : nullptr;
}

}  // namespace dialtone::testing::simulated
