// SPDX-License-Identifier: Apache-2.0
// The loop of a simulation: which node has its turn, and when time moves. For simulation.hpp only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dialtone/testing/deadline_heap.hpp>
#include <dialtone/testing/simulated_node.hpp>
#include <dialtone/testing/simulation.hpp>
#include <dialtone/testing/virtual_clock.hpp>

namespace dialtone::testing::detail {

/// What a seed is drawn for: one draw more for the one shifts nothing for the others.
enum class seed_purpose : std::uint64_t { network = 1, order, test, node, disturbances };

class simulation_core {
 public:
  explicit simulation_core(simulation_options options);
  ~simulation_core();
  simulation_core(const simulation_core&) = delete;
  simulation_core& operator=(const simulation_core&) = delete;

  void add(std::string name, node_options options, node_main main);
  simulated_node& find(std::string_view name) const;
  /// That has this address in the network.
  simulated_node& of(host_id host) const { return *nodes_[static_cast<std::uint32_t>(host)]; }

  /// One turn of a node, or a move of the clock, at most to `limit`; false when nothing happens until then.
  bool step(time_point limit);
  /// Nothing happens until then.
  void wait_until(time_point time);
  /// The node has something to do.
  void wake(simulated_node& node);
  /// The caller keeps a reference to its runtime, and may use it before any later step.
  void hand_out(simulated_node& node);
  /// The power fails.
  void cut_off(simulated_node& node);
  void start(simulated_node& node);

  void tell(trace_event event);
  /// As trace::pass.
  void pass(trace_event event);
  void logged(std::uint32_t node, const log_line& line);

  /// `act` is called between two steps, when so much time has passed; of one moment in the order of the calls.
  void plan(duration delay, std::function<void()> act) {
    planned_.emplace(after_delay(clock_.now(), delay), std::move(act));
  }
  const std::vector<std::unique_ptr<simulated_node>>& nodes() const { return nodes_; }

  std::uint64_t seed_for(seed_purpose purpose, std::uint64_t which = 0, std::uint64_t more = 0) const;
  duration elapsed() const { return clock_.now() - start_; }

  const virtual_clock& clock() const { return clock_; }
  virtual_clock& clock() { return clock_; }
  simulated_network& network() { return network_; }
  simulated_names& names() { return *names_; }
  trace& traced() { return trace_; }
  const std::deque<std::string>& log() const { return log_; }
  const simulation_options& options() const { return options_; }
  dialtone::detail::random_bits& test_chance() { return test_chance_; }

  /// In one direction. Cuts of one direction are counted: the last that is mended opens it.
  void cut(host_id from, host_id to);
  void mend(host_id from, host_id to);
  void mend_all();
  /// How often all has been mended: what was cut before is mended for good.
  std::uint64_t mended_all() const { return mended_all_; }
  void remember_paths(duration memory) { path_memory_ = memory; }

  std::string report(std::string_view why) const;
  /// To standard error.
  void print_report(std::string_view why);
  /// Prints it unless the exception is that of fail.
  void leave_by_exception();
  [[noreturn]] void fail(const std::string& why);

 private:
  void look_at_handed_out();
  void let_wait(simulated_node& node);
  void step_node();
  bool advance(time_point limit);
  void act_as_planned(time_point reached);
  void count_step();
  void open(host_id from, host_id to, time_point cut_at);
  void forget_path(host_id from, host_id to, time_point cut_at);
  void heard(const network_event& event);

  const simulation_options options_;
  virtual_clock clock_;
  const time_point start_ = clock_.now();
  trace trace_;
  std::deque<std::string> log_;
  simulated_network network_;
  std::shared_ptr<simulated_names> names_ = std::make_shared<simulated_names>();
  dialtone::detail::random_bits order_;
  dialtone::detail::random_bits test_chance_;
  std::vector<std::unique_ptr<simulated_node>> nodes_;
  std::map<std::string, std::uint32_t, std::less<>> by_name_;
  std::set<ip_address> addresses_;
  std::vector<simulated_node*> ready_;
  std::vector<simulated_node*> handed_out_;
  deadline_heap deadlines_;
  struct cuts {
    time_point since;
    std::uint32_t count;
  };
  std::map<std::pair<host_id, host_id>, cuts> cuts_;
  std::uint64_t mended_all_ = 0;
  duration path_memory_ = options_.path_memory;
  std::multimap<time_point, std::function<void()>> planned_;
  std::uint64_t steps_at_once_ = 0;
  const simulated_node* last_ = nullptr;  // that was stepped
  bool failed_ = false;
};

}  // namespace dialtone::testing::detail
