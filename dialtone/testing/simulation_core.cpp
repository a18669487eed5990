// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulation_core.hpp>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include <dialtone/net/host_name.hpp>
#include <dialtone/testing/replay_command.hpp>

namespace dialtone::testing::detail {

namespace {

std::uint64_t derived(std::uint64_t seed, std::uint64_t by) { return dialtone::detail::random_bits{seed ^ by}.next(); }

ip_address default_address(std::size_t index) { return ip_address::v4(0x0a000001 + static_cast<std::uint32_t>(index)); }

// A failure is read on a terminal; more of them are in events().
constexpr std::size_t events_in_report = 40;

bool is_in_the_hash_alone(network_event_kind kind) {
  using enum network_event_kind;
  return kind == cut || kind == mend || kind == crash || kind == restart || kind == pause || kind == resume;
}

}  // namespace

simulation_core::simulation_core(simulation_options options)
    : options_{std::move(options)},
      trace_{options_.trace_limit, options_.compared},
      network_{clock_, seed_for(seed_purpose::network), options_.network},
      order_{seed_for(seed_purpose::order)},
      test_chance_{seed_for(seed_purpose::test)} {
  names_->set(options_.names);
  network_.on_event([this](const network_event& event) { heard(event); });
}

simulation_core::~simulation_core() {
  network_.on_event({});
  for (auto& each : nodes_) cut_off(*each);
}

std::uint64_t simulation_core::seed_for(seed_purpose purpose, std::uint64_t which, std::uint64_t more) const {
  return derived(derived(derived(options_.seed, static_cast<std::uint64_t>(purpose)), which), more);
}

void simulation_core::add(std::string name, node_options options, node_main main) {
  if (host_name_of(name) != name)
    throw std::invalid_argument{fmt::format("'{}' is no name of a host in small letters", name)};
  if (by_name_.contains(name)) throw std::invalid_argument{fmt::format("there is a node '{}' already", name)};
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  std::size_t free = index;
  while (!options.address && addresses_.contains(default_address(free))) ++free;
  const ip_address address = options.address.value_or(default_address(free));
  if (!addresses_.insert(address).second)
    throw std::invalid_argument{fmt::format("two nodes have the address {}", to_string(address))};
  nodes_.push_back(std::make_unique<simulated_node>(*this, index, name, std::move(options), std::move(main)));
  simulated_node& added = *nodes_.back();
  added.host = network_.add_host(name, address, [this, &added] { wake(added); });
  names_->add(name, address);
  by_name_.emplace(name, index);
  trace_.add_node(std::move(name));
  tell({.what = "start", .node = index, .text = to_string(address)});
  start(added);
}

simulated_node& simulation_core::find(std::string_view name) const {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) throw std::invalid_argument{fmt::format("there is no node '{}'", name)};
  return *nodes_[found->second];
}

void simulation_core::start(simulated_node& node) {
  node.start();
  wake(node);
}

void simulation_core::cut_off(simulated_node& node) {
  if (node.running() == nullptr) return;
  if (node.paused) network_.resume(node.host);
  node.paused = false;
  network_.crash(node.host);
  node.destroy_runtime();
  deadlines_.set(node.index(), never);
}

void simulation_core::wake(simulated_node& node) {
  if (node.paused) return deadlines_.set(node.index(), never);
  if (node.queued || node.running() == nullptr) return;
  node.queued = true;
  ready_.push_back(&node);
}

void simulation_core::hand_out(simulated_node& node) {
  if (std::ranges::find(handed_out_, &node) == handed_out_.end()) handed_out_.push_back(&node);
}

// What was done from outside was not told. Time moves only when there is nothing to do.
void simulation_core::look_at_handed_out() {
  for (simulated_node* each : handed_out_)
    if (each->may_run()) let_wait(*each);
}

// It waits for its turn, or, when a turn would do nothing, for its next deadline.
void simulation_core::let_wait(simulated_node& node) {
  if (node.is_idle())
    deadlines_.set(node.index(), node.next_deadline());
  else
    wake(node);
}

bool simulation_core::step(time_point limit) {
  if (ready_.empty()) look_at_handed_out();
  if (ready_.empty()) return advance(limit);
  step_node();
  return true;
}

void simulation_core::step_node() {
  count_step();
  const std::size_t chosen = ready_.size() == 1 ? 0 : order_.below(static_cast<std::uint32_t>(ready_.size()));
  simulated_node& node = *ready_[chosen];
  ready_[chosen] = ready_.back();
  ready_.pop_back();
  node.queued = false;
  if (!node.may_run()) return;
  last_ = &node;
  pass({.what = "turn", .node = node.index()});
  node.step();
  let_wait(node);
}

bool simulation_core::advance(time_point limit) {
  const time_point planned = planned_.empty() ? never : planned_.begin()->first;
  const time_point next = std::max(std::min({deadlines_.first(), network_.next_event(), planned}), clock_.now());
  if (next == never || next > limit) return false;
  if (next > clock_.now()) {
    clock_.advance_to(next);
    steps_at_once_ = 0;
  }
  count_step();
  network_.run_events();
  while (deadlines_.first() <= next) wake(*nodes_[deadlines_.take()]);
  act_as_planned(next);
  return true;
}

void simulation_core::act_as_planned(time_point reached) {
  while (!planned_.empty() && planned_.begin()->first <= reached) {
    const std::function<void()> act = std::move(planned_.begin()->second);
    planned_.erase(planned_.begin());
    count_step();
    act();
  }
}

void simulation_core::wait_until(time_point time) {
  if (time > clock_.now() && time != never) clock_.advance_to(time);
  steps_at_once_ = 0;
}

void simulation_core::count_step() {
  if (++steps_at_once_ <= options_.steps_at_once_limit) return;
  steps_at_once_ = 0;
  fail(fmt::format("time stands still: {} steps at one moment", options_.steps_at_once_limit));
}

void simulation_core::tell(trace_event event) {
  event.time = elapsed();
  trace_.add(std::move(event));
}

void simulation_core::pass(trace_event event) {
  event.time = elapsed();
  trace_.pass(event);
}

void simulation_core::heard(const network_event& event) {
  const auto from = static_cast<std::uint32_t>(event.from);
  const auto to = static_cast<std::uint32_t>(event.to);
  if (is_in_the_hash_alone(event.kind))  // for people, it is told by name
    return pass({.what = to_string(event.kind), .node = from, .peer = to});
  tell({.what = to_string(event.kind),
        .node = from,
        .peer = to,
        .connection = event.connection,
        .bytes = event.content.size(),
        .content_hash = trace::hash_of(event.content)});
}

void simulation_core::logged(std::uint32_t node, const log_line& line) {
  constexpr std::string_view levels[] = {"debug", "info", "warning", "error", "critical", "off"};
  std::string text = fmt::format("[{}] {}: {}", levels[static_cast<std::size_t>(line.level)], line.source, line.text);
  if (log_.size() == options_.log_limit && !log_.empty()) log_.pop_front();
  if (options_.log_limit != 0) log_.push_back(fmt::format("{} {}: {}", to_text(elapsed()), nodes_[node]->name(), text));
  tell({.what = "log", .node = node, .text = std::move(text)});
}

void simulation_core::cut(host_id from, host_id to) {
  if (from == to) return;
  auto [found, added] = cuts_.try_emplace({from, to}, cuts{clock_.now(), 0});
  ++found->second.count;
  if (added) network_.cut(from, to);
}

void simulation_core::mend(host_id from, host_id to) {
  auto found = cuts_.find({from, to});
  if (found == cuts_.end() || --found->second.count != 0) return;
  const time_point cut_at = found->second.since;
  cuts_.erase(found);
  open(from, to, cut_at);
}

void simulation_core::mend_all() {
  ++mended_all_;
  for (const auto& [direction, all] : std::exchange(cuts_, {})) open(direction.first, direction.second, all.since);
}

void simulation_core::open(host_id from, host_id to, time_point cut_at) {
  network_.mend(from, to);
  forget_path(from, to, cut_at);
}

void simulation_core::forget_path(host_id from, host_id to, time_point cut_at) {
  if (clock_.now() - cut_at <= path_memory_) return;
  tell({.what = "path forgotten", .node = of(from).index(), .peer = of(to).index()});
  network_.reset_connections(from, to);
}

std::string simulation_core::report(std::string_view why) const {
  return fmt::format("simulation failed: {}\nseed {}, {}, last node at work: {}\n{}see it again: {}\n", why,
                     options_.seed, to_text(elapsed()), last_ == nullptr ? "none" : last_->name(),
                     trace_.text(events_in_report), replay_command(options_.seed, options_.test));
}

void simulation_core::print_report(std::string_view why) { std::fputs(report(why).c_str(), stderr); }

void simulation_core::leave_by_exception() {
  if (!failed_) print_report("an exception was thrown");
}

void simulation_core::fail(const std::string& why) {
  failed_ = true;
  print_report(why);
  throw simulation_failed{fmt::format("{} (seed {}, {})", why, options_.seed, to_text(elapsed()))};
}

}  // namespace dialtone::testing::detail
