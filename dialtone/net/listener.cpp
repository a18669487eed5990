// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/listener.hpp>

#include <fmt/format.h>
#include <algorithm>

#include <dialtone/net/connection_supervisor.hpp>
#include <dialtone/net/listener_manager.hpp>
#include <dialtone/runtime/process_info.hpp>

namespace dialtone {

using detail::connection_supervisor;
using detail::listener_manager;

std::string to_string(listener_state state) {
  switch (state) {
    case listener_state::running:
      return "running";
    case listener_state::suspended:
      return "suspended";
    case listener_state::draining:
      return "draining";
  }
  return "unknown state";
}

std::expected<void, std::string> check_listener_spec(const listener_spec& spec) {
  if (spec.listen_on.empty() || spec.listen_on.size() > listener_endpoints_limit)
    return std::unexpected{fmt::format("a listener has 1 to {} endpoints", listener_endpoints_limit)};
  if (spec.max_connections == 0) return std::unexpected{"max_connections of a listener is at least 1"};
  if (spec.when_full == full_policy::refuse && !spec.refusal)
    return std::unexpected{"a listener that refuses needs a `refusal`"};
  if (spec.handshake_timeout <= duration::zero() || spec.idle_timeout <= duration::zero())
    return std::unexpected{"the timeouts of a listener are longer than nothing"};
  return {};
}

// --- start ---

namespace {

supervisor_spec tree_of(const detail::listener_part& part) {
  supervisor_spec acceptors{.intensity = 10};
  for (std::uint32_t index = 0; index < part.spec->listen_on.size(); ++index)
    acceptors.children.push_back(child(std::to_string(index), detail::accept_connections, part, index));
  return {.strategy = supervisor_strategy::rest_for_one,
          .intensity = 3,
          .children = {detail::connection_supervisors(part),
                       child<listener_manager>("manager", part).spawn({.mailbox_limit = unlimited}),
                       child("acceptors", std::move(acceptors))}};
}

detail::listener_part part_of(const listener_spec& spec, std::size_t supervisors) {
  return {std::make_shared<const listener_spec>(spec), std::make_shared<detail::listener_directory>(supervisors, spec)};
}

// With the processes' directory new for each start: the same specification may run twice.
task<std::expected<pid, start_error>> start_listener(spawn_options options, listener_spec spec) {
  if (auto checked = check_listener_spec(spec); !checked)
    co_return std::unexpected{
        start_error::because(exit_reason::custom_text(fmt::format("bad listener: {}", checked.error())))};
  supervisor_spec tree = tree_of(part_of(spec, scheduler_count()));
  tree.spawn = std::move(options);
  auto started = co_await try_start_link(std::move(tree));
  if (!started) co_return std::unexpected{std::move(started).error()};
  co_return started->pid();
}

class listener_start final : public detail::child_start {
 public:
  explicit listener_start(listener_spec spec) : spec_{std::move(spec)}, tree_{tree_of(part_of(spec_, 0))} {}
  task<std::expected<pid, start_error>> start(const spawn_options& options) const override {
    return start_listener(options, spec_);
  }
  const supervisor_spec* subtree() const override { return &tree_; }

 private:
  listener_spec spec_;
  supervisor_spec tree_;  // for the sketch
};

}  // namespace

task<std::expected<listener_ref, start_error>> try_start_link(listener_spec spec) {
  spawn_options options = spec.spawn;
  auto started = co_await start_listener(std::move(options), std::move(spec));
  if (!started) co_return std::unexpected{std::move(started).error()};
  co_return listener_ref{*started};
}

task<listener_ref> start_link(listener_spec spec) {
  auto started = co_await try_start_link(std::move(spec));
  if (!started) throw start_failed{std::move(started).error()};
  co_return *started;
}

child_spec child(std::string id, listener_spec spec) {
  spawn_options options = spec.spawn;
  child_spec made{std::move(id), child_type::supervisor, std::make_shared<listener_start>(std::move(spec))};
  return made.spawn(std::move(options));
}

// --- requests ---

namespace {

task<server<listener_manager>> manager_of(pid listener) {
  for (const child_info& each : co_await supervisor_ref{listener}.which_children())
    if (each.id == "manager") co_return server<listener_manager>{each.pid};
  co_return server<listener_manager>{};
}

template <class Request>
task<typename Request::reply> ask(pid listener, Request request) {
  const auto manager = co_await manager_of(listener);
  co_return co_await manager.call(std::move(request), infinity);
}

task<std::vector<socket_address>> addresses_of(pid listener) {
  listener_info info = co_await ask(listener, listener_manager::info_request{});
  co_return std::move(info.addresses);
}

task<std::vector<pid>> connections_of(pid listener) {
  std::vector<pid> all;
  for (const pid supervisor : co_await ask(listener, listener_manager::supervisors_request{})) {
    const auto here =
        co_await server<connection_supervisor>{supervisor}.try_call(connection_supervisor::which_request{}, infinity);
    if (here) all.insert(all.end(), here->begin(), here->end());
  }
  co_return all;
}

task<> stop_listener(pid listener, duration limit) {
  co_await ask(listener, listener_manager::drain_request{limit});
  co_await supervisor_ref{listener}.stop();
}

}  // namespace

task<std::vector<socket_address>> listener_ref::addresses() const { return addresses_of(pid_); }
task<listener_info> listener_ref::info() const { return ask(pid_, listener_manager::info_request{}); }
task<std::vector<pid>> listener_ref::connections() const { return connections_of(pid_); }
task<> listener_ref::suspend() const { return ask(pid_, listener_manager::suspend_request{}); }
task<std::expected<void, net_error>> listener_ref::resume() const {
  return ask(pid_, listener_manager::resume_request{});
}
task<std::size_t> listener_ref::drain(duration limit) const {
  return ask(pid_, listener_manager::drain_request{limit});
}
task<> listener_ref::stop(duration limit) const { return stop_listener(pid_, limit); }
task<std::expected<void, std::string>> listener_ref::set(listener_changes changes) const {
  return ask(pid_, listener_manager::change_request{std::move(changes)});
}

}  // namespace dialtone
