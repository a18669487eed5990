// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulation.hpp>

#include <exception>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dialtone/testing/simulation_core.hpp>

namespace dialtone::testing {

using detail::simulated_node;

namespace {

template <class Act>
void for_each_pair(const detail::simulation_core& core, const one_way& direction, Act act) {
  for (const std::string& from : direction.from) {
    for (const std::string& to : direction.to) act(core.find(from).host, core.find(to).host);
  }
}

std::string text_of(const node_names& one, std::string_view between, const node_names& other) {
  return fmt::format("{{{}}} {} {{{}}}", fmt::join(one, ", "), between, fmt::join(other, ", "));
}

std::string text_of(duration limit) { return to_text(limit).substr(1); }

}  // namespace

simulation::simulation(std::uint64_t seed) : simulation{simulation_options{.seed = seed}} {}

simulation::simulation(simulation_options options)
    : core_{std::make_unique<detail::simulation_core>(std::move(options))}, exceptions_{std::uncaught_exceptions()} {}

simulation::~simulation() {
  if (std::uncaught_exceptions() > exceptions_) core_->leave_by_exception();
}

void simulation::add_node(std::string name, node_options options, detail::node_main main) {
  core_->add(std::move(name), std::move(options), std::move(main));
}

bool simulation::step() { return core_->step(never); }

void simulation::run_for(duration time) {
  const time_point end = after_delay(now(), time);
  while (core_->step(end)) continue;
  core_->wait_until(end);
}

bool simulation::run_until(const std::function<bool()>& predicate, duration limit) {
  const time_point end = after_delay(now(), limit);
  while (!predicate()) {
    if (core_->step(end)) continue;
    core_->wait_until(end);
    return predicate();
  }
  return true;
}

bool simulation::run_until_exit(std::string_view name, duration limit) {
  const simulated_node& node = core_->find(name);
  if (run_until([&] { return node.main_exit().has_value(); }, limit)) return true;
  print_report(fmt::format("stuck: the main of '{}' has not ended within {}", name, text_of(limit)));
  return false;
}

time_point simulation::now() const { return std::as_const(*core_).clock().now(); }
duration simulation::elapsed() const { return core_->elapsed(); }

void simulation::partition(const node_names& side, const node_names& other) {
  core_->tell({.what = "partition", .text = text_of(side, "|", other)});
  auto cut = [&](host_id from, host_id to) { core_->cut(from, to), core_->cut(to, from); };
  for_each_pair(*core_, {side, other}, cut);
}

void simulation::partition_one_way(const one_way& direction) {
  core_->tell({.what = "partition", .text = text_of(direction.from, "-|", direction.to)});
  for_each_pair(*core_, direction, [&](host_id from, host_id to) { core_->cut(from, to); });
}

void simulation::heal() {
  core_->tell({.what = "heal"});
  core_->mend_all();
}

void simulation::heal(const node_names& side, const node_names& other) {
  core_->tell({.what = "heal", .text = text_of(side, "-", other)});
  auto mend = [&](host_id from, host_id to) { core_->mend(from, to), core_->mend(to, from); };
  for_each_pair(*core_, {side, other}, mend);
}

void simulation::set_path_memory(duration memory) {
  core_->pass({.what = "path memory", .value = static_cast<std::uint64_t>(memory.count())});
  core_->remember_paths(memory);
}

void simulation::crash(std::string_view name) {
  simulated_node& node = core_->find(name);
  ++node.crashes;
  if (node.running() == nullptr) return;
  core_->tell({.what = "crash", .node = node.index()});
  core_->cut_off(node);
}

void simulation::restart(std::string_view name) {
  crash(name);
  simulated_node& node = core_->find(name);
  core_->tell({.what = "restart", .node = node.index()});
  core_->network().restart(node.host);
  core_->start(node);
}

void simulation::pause(std::string_view name) {
  simulated_node& node = core_->find(name);
  ++node.pauses;
  if (!node.may_run()) return;
  core_->tell({.what = "pause", .node = node.index()});
  core_->network().pause(node.host);
  node.paused = true;
  core_->wake(node);
}

void simulation::resume(std::string_view name) {
  simulated_node& node = core_->find(name);
  if (!node.paused) return;
  core_->tell({.what = "resume", .node = node.index()});
  node.paused = false;
  core_->network().resume(node.host);
  core_->wake(node);
}

void simulation::skew_clock(std::string_view name, clock_skew skew) {
  simulated_node& node = core_->find(name);
  node.clock().set(skew);
  core_->pass({.what = "offset", .node = node.index(), .value = static_cast<std::uint64_t>(skew.offset.count())});
  core_->pass({.what = "drift", .node = node.index(), .value = static_cast<std::uint64_t>(skew.drift_ppm)});
  core_->tell({.what = "skew",
               .node = node.index(),
               .text = fmt::format("{} ns, {} ppm", skew.offset.count(), skew.drift_ppm)});
  core_->wake(node);
}

void simulation::reset_connections(std::string_view one, std::string_view other) {
  const simulated_node& first = core_->find(one);
  const simulated_node& second = core_->find(other);
  core_->tell({.what = "reset connections", .node = first.index(), .peer = second.index()});
  core_->network().reset_connections(first.host, second.host);
}

void simulation::set_link(const one_way& direction, const link_options& options) {
  core_->tell({.what = "link", .text = text_of(direction.from, "->", direction.to)});
  for_each_pair(*core_, direction, [&](host_id from, host_id to) { core_->network().set_link(from, to, options); });
}

void simulation::fail_name(std::string_view name, net_error::code_type why) {
  const simulated_node& node = core_->find(name);
  core_->tell({.what = "name fails", .node = node.index()});
  core_->names().fail(node.name(), why);
}

void simulation::mend_name(std::string_view name) {
  const simulated_node& node = core_->find(name);
  core_->tell({.what = "name is mended", .node = node.index()});
  core_->names().mend(node.name());
}

void simulation::set_names(name_options options) {
  core_->tell({.what = "names are set"});
  core_->names().set(options);
}

void simulation::schedule(duration delay, std::function<void()> act) { core_->plan(delay, std::move(act)); }

void simulation::disturb(disturbance_options options) {
  if (disturbances_ != nullptr) disturbances_->stop();
  const std::uint64_t seed = core_->seed_for(detail::seed_purpose::disturbances, ++disturbed_);
  disturbances_ = std::make_shared<detail::disturbances>(*this, *core_, std::move(options), seed);
  detail::disturbances::begin(disturbances_);
}

bool simulation::is_up(std::string_view name) const { return core_->find(name).running() != nullptr; }

const exit_reason* simulation::main_exit(std::string_view name) const {
  const auto& reason = core_->find(name).main_exit();
  return reason ? &*reason : nullptr;
}

runtime& simulation::at(std::string_view name) {
  simulated_node& node = core_->find(name);
  if (node.running() == nullptr) throw std::logic_error{fmt::format("the node '{}' is down", name)};
  core_->hand_out(node);
  return *node.running();
}

simulated_network& simulation::network() { return core_->network(); }

std::uint32_t simulation::draw(std::uint32_t limit) {
  const std::uint32_t drawn = core_->test_chance().below(limit);
  core_->pass({.what = "draw", .value = drawn});
  return drawn;
}

void simulation::note(std::string text) { core_->tell({.what = "note", .text = std::move(text)}); }

void simulation::expect(bool fact, std::string_view what) {
  if (!fact) core_->fail(std::string{what});
}

void simulation::expect_until(const std::function<bool()>& predicate, duration limit, std::string_view what) {
  if (!run_until(predicate, limit)) core_->fail(fmt::format("{}: not within {}", what, text_of(limit)));
}

std::string simulation::report(std::string_view why) const { return core_->report(why); }
void simulation::print_report(std::string_view why) { core_->print_report(why); }

std::uint64_t simulation::seed() const { return core_->options().seed; }
std::uint64_t simulation::trace_hash() const { return core_->traced().hash(); }
const trace& simulation::events() const { return core_->traced(); }
const std::deque<std::string>& simulation::log() const { return core_->log(); }

}  // namespace dialtone::testing
