// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/supervisor.hpp>

#include <fmt/format.h>
#include <unordered_set>

#include <dialtone/otp/supervising.hpp>
#include <dialtone/otp/supervisor_server.hpp>
#include <dialtone/otp/sys.hpp>

namespace dialtone {

using detail::supervisor_server;

std::string to_string(supervisor_strategy strategy) {
  switch (strategy) {
    case supervisor_strategy::one_for_one:
      return "one_for_one";
    case supervisor_strategy::one_for_all:
      return "one_for_all";
    case supervisor_strategy::rest_for_one:
      return "rest_for_one";
  }
  return "unknown strategy";
}

std::string to_string(child_state state) {
  switch (state) {
    case child_state::running:
      return "running";
    case child_state::restarting:
      return "restarting";
    case child_state::stopped:
      return "stopped";
  }
  return "unknown state of a child";
}

std::string to_string(const child_error& error) {
  switch (error.code()) {
    case child_error::not_found:
      return "there is no such child";
    case child_error::already_present:
      return "there is such a child, which does not run";
    case child_error::already_started:
      return "already started: " + to_string(error.pid());
    case child_error::running:
      return "the child runs";
    case child_error::restarting:
      return "the child is being restarted";
    case child_error::limit_reached:
      return "the supervisor has as many children as it may have";
    case child_error::bad_spec:
      return "bad specification: " + error.text();
    case child_error::start_failed:
      return error.text();
    case child_error::no_answer:
      return "the supervisor did not answer: " + error.text();
  }
  return "unknown error";
}

std::expected<void, std::string> detail::check_child_of(auto_shutdown_type auto_shutdown, const child_spec& child) {
  if (auto checked = check_child_spec(child); !checked) return checked;
  if (child->significant && auto_shutdown == auto_shutdown_type::never)
    return std::unexpected{fmt::format("child '{}' is significant, but its supervisor never shuts down", child->id)};
  if (const supervisor_spec* below = child->start->subtree())
    if (auto checked = check_supervisor_spec(*below); !checked)
      return std::unexpected{fmt::format("below '{}': {}", child->id, checked.error())};
  return {};
}

std::expected<void, std::string> check_supervisor_spec(const supervisor_spec& spec) {
  if (spec.period <= duration::zero()) return std::unexpected{"the period of a supervisor is longer than nothing"};
  if (spec.children.size() > supervisor_children_limit)
    return std::unexpected{fmt::format("a supervisor has at most {} children", supervisor_children_limit)};
  std::unordered_set<std::string_view> ids;
  for (const child_spec& child : spec.children) {
    if (auto checked = detail::check_child_of(spec.auto_shutdown, child); !checked) return checked;
    if (!ids.insert(child->id).second) return std::unexpected{fmt::format("two children are named '{}'", child->id)};
  }
  return {};
}

// --- start ---

namespace {

task<std::expected<pid, start_error>> start_supervisor(spawn_options options, supervisor_spec spec) {
  auto checked = check_supervisor_spec(spec);
  return detail::start_supervisor<supervisor_server>(std::move(checked), std::move(options), std::move(spec));
}

class supervisor_start final : public detail::child_start {
 public:
  explicit supervisor_start(supervisor_spec spec) : spec_{std::move(spec)} {}
  task<std::expected<pid, start_error>> start(const spawn_options& options) const override {
    return start_supervisor(options, spec_);
  }
  const supervisor_spec* subtree() const override { return &spec_; }

 private:
  supervisor_spec spec_;
};

}  // namespace

task<std::expected<supervisor_ref, start_error>> try_start_link(supervisor_spec spec) {
  spawn_options options = spec.spawn;
  return detail::ref_or_error<supervisor_ref>(start_supervisor(std::move(options), std::move(spec)));
}
task<supervisor_ref> start_link(supervisor_spec spec) { return detail::ref_or_throw(try_start_link(std::move(spec))); }

child_spec child(std::string id, supervisor_spec spec) {
  spawn_options options = spec.spawn;
  child_spec made{std::move(id), child_type::supervisor, std::make_shared<supervisor_start>(std::move(spec))};
  return made.spawn(std::move(options));
}

// --- requests ---

namespace {

template <class Request>
task<typename Request::reply> ask(pid supervisor, Request request) {
  return detail::ask_supervisor<supervisor_server>(supervisor, std::move(request));
}

}  // namespace

task<std::expected<pid, child_error>> supervisor_ref::start_child(child_spec spec) const {
  return ask(pid_, supervisor_server::start_request{std::move(spec)});
}
task<std::expected<void, child_error>> supervisor_ref::terminate_child(std::string id) const {
  return ask(pid_, supervisor_server::terminate_request{std::move(id)});
}
task<std::expected<pid, child_error>> supervisor_ref::restart_child(std::string id) const {
  return ask(pid_, supervisor_server::restart_request{std::move(id)});
}
task<std::expected<void, child_error>> supervisor_ref::delete_child(std::string id) const {
  return ask(pid_, supervisor_server::delete_request{std::move(id)});
}
task<std::vector<child_info>> supervisor_ref::which_children() const {
  return ask(pid_, supervisor_server::which_request{});
}
task<child_counts> supervisor_ref::count_children() const { return ask(pid_, supervisor_server::count_request{}); }
task<std::expected<child_spec, child_error>> supervisor_ref::get_child_spec(std::string id) const {
  return ask(pid_, supervisor_server::spec_request{std::move(id)});
}

namespace {

// What is below, level by level: no supervisor waits for another one.
task<> complete(supervision_tree* tree) {
  for (supervision_tree& child : tree->children) {
    if (!child.is_supervisor || !child.pid) continue;
    auto found = co_await server<supervisor_server>{child.pid}.try_call(supervisor_server::tree_request{}, infinity);
    if (!found) continue;  // it has ended meanwhile: what its specification says stands
    child.children = std::move(found->children);
    co_await complete(&child);
  }
}

task<supervision_tree> tree_under(pid top) {
  supervision_tree made = co_await ask(top, supervisor_server::tree_request{});
  co_await complete(&made);
  co_return made;
}

task<std::string> sketch_of(pid top, sketch_format format) { co_return sketch(co_await tree_under(top), format); }

}  // namespace

task<supervision_tree> supervisor_ref::tree() const { return tree_under(pid_); }
task<std::string> supervisor_ref::sketch(sketch_format format) const { return sketch_of(pid_, format); }
task<> supervisor_ref::stop(exit_reason reason, duration limit) const {
  return sys::terminate(pid_, std::move(reason), limit);
}

}  // namespace dialtone
