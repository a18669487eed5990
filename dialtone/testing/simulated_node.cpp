// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_node.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <dialtone/testing/simulation_core.hpp>

namespace dialtone::testing::detail {

simulated_node::simulated_node(simulation_core& core, std::uint32_t index, std::string name, node_options options,
                               node_main main)
    : core_{core},
      index_{index},
      name_{std::move(name)},
      options_{std::move(options)},
      main_{std::move(main)},
      clock_{core.clock(), options_.skew} {}

simulated_node::~simulated_node() { destroy_runtime(); }

void simulated_node::start() {
  // Each start has chance of its own: what was drawn before a crash shifts nothing after it.
  dialtone::detail::random_bits seeds{core_.seed_for(seed_purpose::node, index_, ++starts_)};
  main_exit_.reset();
  order_.emplace(*this, seeds.next());
  costs_ = dialtone::detail::random_bits{seeds.next()};
  runtime_options prepared = prepare(seeds.next() | 1);  // 0 would be the system's
  prepared.names = core_.names().source(seeds.next());
  faults_.emplace(*this, core_.options().faults, seeds.next());
  prepared.faults = &*faults_;
  runtime_ = std::make_unique<runtime>(std::move(prepared));
  main_(*runtime_, [this](const exit_reason& reason) { main_has_ended(reason); }, options_.spawn);
}

runtime_options simulated_node::prepare(std::uint64_t seed) {
  runtime_options prepared = options_.runtime;
  prepared.schedulers = options_.schedulers;
  prepared.seed = seed;
  prepared.threads = threading::stepped;
  prepared.clock = &clock_;
  prepared.chooser = &*order_;
  prepared.make_driver = [this] { return core_.network().make_driver(host, &*faults_); };
  prepared.blocking_cost = [this] { return options_.blocking_cost.draw(costs_); };
  if (prepared.log_sink == nullptr) {
    prepared.log_sink = make_log_sink([this](const log_line& line) {
      if (!dying_) core_.logged(index_, line);
    });
  }
  return prepared;
}

bool simulated_node::seeded_faults::happens(std::string_view point) {
  const std::uint32_t timing = options_.timing.parts();
  const std::uint32_t refusals = options_.refusals.parts();
  if ((timing == 0 && refusals == 0) || node_.dying_) return false;
  // What is rare is asked for several times a message: of which kind it is is looked for when it may be.
  const std::uint32_t drawn = chance_.below(probability::certain);
  if (drawn >= std::max(timing, refusals)) return false;
  const bool is_refusal = std::ranges::find(fault_points::refusals, point) != fault_points::refusals.end();
  if (drawn >= (is_refusal ? refusals : timing)) return false;
  simulation_core& core = node_.core_;
  core.pass({.what = "fault",
             .node = node_.index_,
             .content_hash = trace::hash_of(point),
             .text = std::string{core.traced().is_compared() ? point : ""}});
  return true;
}

void simulated_node::traced_order::runs(pid process, bool begins) {
  if (!node_.dying_) node_.core_.pass({.what = begins ? "begins" : "runs", .node = node_.index_, .process = process});
}

// Of the reason the text is left out, as of all that is told: it may name source lines and sizes.
void simulated_node::traced_order::exits(pid process, const exit_reason& reason) {
  if (node_.dying_) return;
  simulation_core& core = node_.core_;
  core.pass({.what = "exits",
             .node = node_.index_,
             .process = process,
             .value = reason.code(),
             .content_hash = trace::hash_of(reason.type()),
             .text = core.traced().is_compared() ? to_string(reason) : std::string{}});
}

void simulated_node::main_has_ended(const exit_reason& reason) {
  if (dying_) return;
  main_exit_ = reason;
  core_.tell({.what = "main has ended", .node = index_, .text = to_string(reason)});
}

void simulated_node::destroy_runtime() {
  if (runtime_ == nullptr) return;
  dying_ = true;
  runtime_->halt();
  runtime_.reset();
  dying_ = false;
  order_.reset();
}

}  // namespace dialtone::testing::detail
