// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/dynamic_supervisor.hpp>

#include <fmt/format.h>

#include <dialtone/otp/dynamic_supervisor_server.hpp>
#include <dialtone/otp/supervising.hpp>
#include <dialtone/otp/sys.hpp>

namespace dialtone {

using detail::dynamic_supervisor_server;

std::expected<void, std::string> check_dynamic_supervisor_spec(const dynamic_supervisor_spec& spec) {
  if (spec.period <= duration::zero()) return std::unexpected{"the period of a supervisor is longer than nothing"};
  return {};
}

// --- start ---

namespace {

task<std::expected<pid, start_error>> start_supervisor(spawn_options options, dynamic_supervisor_spec spec) {
  auto checked = check_dynamic_supervisor_spec(spec);
  return detail::start_supervisor<dynamic_supervisor_server>(std::move(checked), std::move(options), std::move(spec));
}

class dynamic_start final : public detail::child_start {
 public:
  explicit dynamic_start(dynamic_supervisor_spec spec) : spec_{std::move(spec)} {}
  task<std::expected<pid, start_error>> start(const spawn_options& options) const override {
    return start_supervisor(options, spec_);
  }
  std::string kind() const override {
    return fmt::format("dynamic supervisor, at most {} children, {}", spec_.max_children,
                       detail::restarts_text(spec_.intensity, spec_.period));
  }

 private:
  dynamic_supervisor_spec spec_;
};

}  // namespace

task<std::expected<dynamic_supervisor_ref, start_error>> try_start_link(dynamic_supervisor_spec spec) {
  spawn_options options = spec.spawn;
  return detail::ref_or_error<dynamic_supervisor_ref>(start_supervisor(std::move(options), std::move(spec)));
}
task<dynamic_supervisor_ref> start_link(dynamic_supervisor_spec spec) {
  return detail::ref_or_throw(try_start_link(std::move(spec)));
}

child_spec child(std::string id, dynamic_supervisor_spec spec) {
  spawn_options options = spec.spawn;
  child_spec made{std::move(id), child_type::supervisor, std::make_shared<dynamic_start>(std::move(spec))};
  return made.spawn(std::move(options));
}

// --- requests ---

namespace {

template <class Request>
task<typename Request::reply> ask(pid supervisor, Request request) {
  return detail::ask_supervisor<dynamic_supervisor_server>(supervisor, std::move(request));
}

task<std::vector<pid>> pids_of(task<std::vector<child_info>> children) {
  std::vector<pid> running;
  for (const child_info& each : co_await std::move(children))
    if (each.pid) running.push_back(each.pid);
  co_return running;
}

}  // namespace

task<std::expected<pid, child_error>> dynamic_supervisor_ref::start_child(child_spec spec) const {
  return ask(pid_, dynamic_supervisor_server::start_request{std::move(spec)});
}
task<std::expected<void, child_error>> dynamic_supervisor_ref::terminate_child(dialtone::pid child) const {
  return ask(pid_, dynamic_supervisor_server::terminate_request{child});
}
task<std::vector<child_info>> dynamic_supervisor_ref::which_children() const {
  return ask(pid_, dynamic_supervisor_server::which_request{});
}
task<std::vector<pid>> dynamic_supervisor_ref::children() const { return pids_of(which_children()); }
task<child_counts> dynamic_supervisor_ref::count_children() const {
  return ask(pid_, dynamic_supervisor_server::count_request{});
}
task<> dynamic_supervisor_ref::stop(exit_reason reason, duration limit) const {
  return sys::terminate(pid_, std::move(reason), limit);
}

}  // namespace dialtone
