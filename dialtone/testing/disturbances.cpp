// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/disturbances.hpp>

#include <algorithm>

#include <dialtone/base/assert.hpp>
#include <dialtone/testing/simulation_core.hpp>

namespace dialtone::testing::detail {

disturbances::disturbances(simulation& run, simulation_core& core, disturbance_options options, std::uint64_t seed)
    : run_{run}, core_{core}, options_{std::move(options)}, chance_{seed} {
  for (const duration each :
       {options_.crash_every, options_.pause_every, options_.partition_every, options_.reset_every})
    DIALTONE_ASSERT(each >= duration::zero() && each <= latency::longest,
                    "disturbances are an hour apart at most, and not negative");
  for (const std::string& each : options_.spared) core_.find(each);
}

void disturbances::begin(const std::shared_ptr<disturbances>& self) {
  plan(self, self->options_.crash_every, &crash);
  plan(self, self->options_.pause_every, &pause);
  plan(self, self->options_.partition_every, &partition);
  plan(self, self->options_.reset_every, &reset);
}

void disturbances::plan(const std::shared_ptr<disturbances>& self, duration every, cause what) {
  if (every == duration::zero()) return;
  self->core_.plan(self->time_around(every), [self, every, what] {
    if (self->stopped_) return;
    what(self);
    plan(self, every, what);
  });
}

// Never zero: time would stand still.
duration disturbances::time_around(duration mean) {
  return latency::uniform(duration{1}, std::max(duration{1}, 2 * mean)).draw(chance_);
}

const simulated_node* disturbances::victim() {
  std::vector<const simulated_node*> may_be;
  for (const auto& each : core_.nodes())
    if (each->may_run() && std::ranges::find(options_.spared, each->name()) == options_.spared.end())
      may_be.push_back(each.get());
  return may_be.empty() ? nullptr : may_be[chance_.below(static_cast<std::uint32_t>(may_be.size()))];
}

void disturbances::crash(const std::shared_ptr<disturbances>& self) {
  const simulated_node* node = self->victim();
  if (node == nullptr) return;
  self->run_.crash(node->name());
  self->core_.plan(self->options_.lasts.draw(self->chance_), [self, node, crashes = node->crashes] {
    if (node->running() == nullptr && node->crashes == crashes) self->run_.restart(node->name());
  });
}

void disturbances::pause(const std::shared_ptr<disturbances>& self) {
  const simulated_node* node = self->victim();
  if (node == nullptr) return;
  self->run_.pause(node->name());
  self->core_.plan(self->options_.lasts.draw(self->chance_), [self, node, pauses = node->pauses] {
    if (node->pauses == pauses) self->run_.resume(node->name());
  });
}

void disturbances::partition(const std::shared_ptr<disturbances>& self) {
  node_names side;
  node_names other;
  for (const auto& each : self->core_.nodes()) (self->chance_.below(2) == 0 ? side : other).push_back(each->name());
  if (side.empty() || other.empty()) return;
  self->run_.partition(side, other);
  self->core_.plan(self->options_.lasts.draw(self->chance_), [self, side, other, before = self->core_.mended_all()] {
    if (self->core_.mended_all() == before) self->run_.heal(side, other);
  });
}

void disturbances::reset(const std::shared_ptr<disturbances>& self) {
  const auto count = static_cast<std::uint32_t>(self->core_.nodes().size());
  if (count < 2) return;
  const std::uint32_t one = self->chance_.below(count);
  const std::uint32_t other = (one + 1 + self->chance_.below(count - 1)) % count;
  self->run_.reset_connections(self->core_.nodes()[one]->name(), self->core_.nodes()[other]->name());
}

}  // namespace dialtone::testing::detail
