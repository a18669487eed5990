// SPDX-License-Identifier: Apache-2.0
// A whole networked system in one thread, on a virtual clock and a simulated network: nodes with runtimes and addresses
// of their own, on which ordinary programs run, and what goes wrong with machines and networks. Everything that is left
// to chance is drawn from one seed, so the same seed makes the same run on every machine; a failure prints it.
//
//   dt::testing::simulation simulation{seed};
//   simulation.node("server", serve);
//   simulation.node("client", ask);                       // there "server" is a name that resolves
//   simulation.run_for(3s);
//   simulation.partition({"server"}, {"client"});
//   simulation.run_for(10s);
//   simulation.heal();
//   simulation.expect(simulation.run_until_exit("client", 60s), "the client comes to its end");
//
// A step is one turn of the schedulers of one node. Of the nodes that have something to do, the next one is drawn; time
// moves when none has, to the next timer or event of the network. For the thread that has made it, and never from
// within a process. Nodes are named; a name that there is not, or is no name of a host, and an address that another has
// throw std::invalid_argument.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <dialtone/runtime/runtime.hpp>
#include <dialtone/testing/disturbances.hpp>
#include <dialtone/testing/simulation_options.hpp>

namespace dialtone::testing {

namespace detail {
class disturbances;
class simulation_core;
class simulated_node;
using end_function = std::function<void(const exit_reason&)>;
using node_main = std::function<void(runtime&, end_function, const spawn_options&)>;
}  // namespace detail

class simulation {
 public:
  explicit simulation(std::uint64_t seed);
  explicit simulation(simulation_options options = {});
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;
  /// The power fails for all nodes. Prints what led to it when an exception passes through.
  ~simulation();

  /// A machine that runs `main`, from now on, and again from the start after each restart: its arguments are copied.
  /// What main has started goes on when it ends.
  template <dialtone::detail::in_place_of_function Main, class... Arguments>
  void node(std::string name, Main main, Arguments... arguments) {
    node(std::move(name), node_options{}, main, std::move(arguments)...);
  }
  template <class Main, class... Arguments>
  void node(std::string name, node_options options, Main main, Arguments... arguments) {
    add_node(std::move(name), std::move(options),
             [main, copied = std::tuple{std::move(arguments)...}](runtime& where, detail::end_function at_end,
                                                                  const spawn_options& how) {
               std::apply(
                   [&](const auto&... each) { where.spawn_observed(std::move(at_end), how, main, auto{each}...); },
                   copied);
             });
  }

  // Time.

  /// Runs one turn of a node, or moves time on to the next event; false when nothing will ever happen again.
  bool step();
  void run_for(duration time);
  /// Until it is true, which is asked after each step; false when it is not within the limit.
  bool run_until(const std::function<bool()>& predicate, duration limit);
  /// Until the main of the node has ended; false, and what led to it is printed, when it does not within the limit.
  bool run_until_exit(std::string_view name, duration limit);
  /// The virtual clock, by which no node is late.
  time_point now() const;
  duration elapsed() const;

  // Faults. They last until they are taken back. Each is in the trace.

  /// Nothing arrives between the one and the other side, in either direction.
  void partition(const node_names& side, const node_names& other);
  void partition_one_way(const one_way& direction);
  /// Takes back all partitions, or one between these sides: where several are drawn over one pair of nodes, the last
  /// one that is taken back joins it again. Connections across one that has lasted for longer than
  /// simulation_options::path_memory are reset.
  void heal();
  void heal(const node_names& side, const node_names& other);
  /// The power fails: no peer is told, all processes are destroyed. No-op for a node that is down.
  void crash(std::string_view name);
  /// A new runtime at the same address begins with main; crashes the node first, if it runs.
  void restart(std::string_view name);
  /// As of a virtual machine that is stopped. Its clock goes on: at the end all its timers are late.
  void pause(std::string_view name);
  void resume(std::string_view name);
  /// std::invalid_argument for what no clock has.
  void skew_clock(std::string_view name, clock_skew skew);
  /// simulation_options::path_memory, for partitions that end from now on.
  void set_path_memory(duration memory);
  /// Each connection between them is reset, at both ends.
  void reset_connections(std::string_view one, std::string_view other);
  void set_link(const one_way& direction, const link_options& options);
  /// Questions for the name of a node end in `why`, for all who ask.
  void fail_name(std::string_view name, net_error::code_type why);
  void mend_name(std::string_view name);
  void set_names(name_options options);
  /// `act` is called when so much time has passed, between two steps. It may do all that a test may, but not let the
  /// simulation run. What it throws leaves the run.
  void schedule(duration delay, std::function<void()> act);
  /// From now on such things happen by themselves, instead of those of the last call; {}: nothing more, and what lasts
  /// comes to its end. They are drawn from the seed, and in the trace.
  void disturb(disturbance_options options);

  // Nodes.

  bool is_up(std::string_view name) const;
  /// Why main has ended, since the last start of the node; null while it runs, and after a crash. Until it runs next.
  const exit_reason* main_exit(std::string_view name) const;
  /// To spawn, send and ask from outside, until its next crash; it must not be stopped. A call or run there moves no
  /// time, and is no step of the simulation: a node that is paused answers it. Throws std::logic_error when the node is
  /// down.
  runtime& at(std::string_view name);
  simulated_network& network();

  // What is to be seen.

  /// For the test's own choices: from the seed, and in the trace. Below `limit`, which is at least 1.
  std::uint32_t draw(std::uint32_t limit);
  /// A line of the test's own in the trace.
  void note(std::string text);
  /// Throws simulation_failed when `fact` is false, and prints what led to it.
  void expect(bool fact, std::string_view what);
  /// The same of a run_until.
  void expect_until(const std::function<bool()>& predicate, duration limit, std::string_view what);
  /// As text: seed, time, last events, and how to see it again. Printed to standard error at a failure.
  std::string report(std::string_view why) const;
  void print_report(std::string_view why);

  std::uint64_t seed() const;
  /// Of all that has happened.
  std::uint64_t trace_hash() const;
  const trace& events() const;
  /// "+3.250000000s server: [error] <0.2.1> cache: gone".
  const std::deque<std::string>& log() const;

 private:
  void add_node(std::string name, node_options options, detail::node_main main);

  std::unique_ptr<detail::simulation_core> core_;
  std::shared_ptr<detail::disturbances> disturbances_;
  std::uint32_t disturbed_ = 0;  // so often; what else is told or drawn shifts no disturbance
  int exceptions_;
};

}  // namespace dialtone::testing
