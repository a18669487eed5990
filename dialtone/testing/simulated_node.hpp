// SPDX-License-Identifier: Apache-2.0
// A node of a simulation: a machine with a clock, an address and chance of its own, and the runtime that is on it while
// it is up. For simulation.hpp only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <dialtone/runtime/runtime.hpp>
#include <dialtone/testing/simulation.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing::detail {

class simulation_core;

class simulated_node {
 public:
  simulated_node(simulation_core& core, std::uint32_t index, std::string name, node_options options, node_main main);
  ~simulated_node();
  simulated_node(const simulated_node&) = delete;
  simulated_node& operator=(const simulated_node&) = delete;

  void start();
  /// Its driver must be dead before: destructors would say farewell.
  void destroy_runtime();
  /// One turn of each scheduler.
  void step() { runtime_->step(); }
  /// Another turn would do nothing before its next deadline.
  bool is_idle() const { return runtime_->is_idle(); }
  /// On the virtual clock.
  time_point next_deadline() const { return clock_.truth_at(runtime_->next_deadline()); }
  bool may_run() const { return runtime_ != nullptr && !paused; }

  runtime* running() const { return runtime_.get(); }
  node_clock& clock() { return clock_; }
  const std::string& name() const { return name_; }
  std::uint32_t index() const { return index_; }
  std::uint64_t starts() const { return starts_; }
  const std::optional<exit_reason>& main_exit() const { return main_exit_; }

  // The core's.
  host_id host{};
  bool paused = false;
  /// So far, also of one that is down or paused already: who ends a crash or a pause ends the last one alone.
  std::uint32_t crashes = 0;
  std::uint32_t pauses = 0;
  /// Waits for its turn.
  bool queued = false;

 private:
  // Who runs and who ends is in the hash, so that runs which differ in the order alone differ there. But for what the
  // power's end destroys: nobody sees that.
  class traced_order final : public ready_chooser {
   public:
    traced_order(const simulated_node& node, std::uint64_t seed) : node_{node}, order_{seed} {}
    std::size_t choose(std::size_t count) override { return order_.choose(count); }
    bool delays_arrivals() override { return order_.delays_arrivals(); }
    void runs(pid process, bool begins) override;
    void exits(pid process, const exit_reason& reason) override;

   private:
    const simulated_node& node_;
    seeded_order order_;
  };

  class seeded_faults final : public fault_source {
   public:
    seeded_faults(const simulated_node& node, const fault_options& options, std::uint64_t seed)
        : node_{node}, options_{options}, chance_{seed} {}
    bool happens(std::string_view point) override;

   private:
    const simulated_node& node_;
    const fault_options& options_;
    dialtone::detail::random_bits chance_;
  };

  runtime_options prepare(std::uint64_t seed);
  void main_has_ended(const exit_reason& reason);

  simulation_core& core_;
  const std::uint32_t index_;
  const std::string name_;
  const node_options options_;
  const node_main main_;
  node_clock clock_;
  std::uint64_t starts_ = 0;
  bool dying_ = false;
  std::optional<exit_reason> main_exit_;
  std::optional<traced_order> order_;
  std::optional<seeded_faults> faults_;
  dialtone::detail::random_bits costs_{0};
  std::unique_ptr<runtime> runtime_;
};

}  // namespace dialtone::testing::detail
