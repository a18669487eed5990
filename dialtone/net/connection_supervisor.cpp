// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/connection_supervisor.hpp>

#include <fmt/format.h>

#include <dialtone/net/listener_manager.hpp>
#include <dialtone/otp/child_end.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/process_info.hpp>

namespace dialtone::detail {

connection_supervisor::connection_supervisor(const listener_part& of, std::uint32_t index)
    : shutdown_{of.spec->shutdown} {
  trap_exit();
  calling_process().flags |= never_owes;
  // Before the manager is looked for: a new one looks for its supervisors after it can be found itself.
  of.others->set_supervisor(index, self());
  manager_ = of.others->manager();
  if (manager_) server<listener_manager>{manager_}.cast(supervisor_up{index, self()});
}

task<> connection_supervisor::terminate(exit_reason) {
  std::vector<ending> all;
  all.reserve(children_.size());
  for (const auto& [process, about] : children_) all.push_back({process, shutdown_});
  children_.clear();
  co_await end_children(std::move(all));
}

std::string connection_supervisor::format_status() const { return fmt::format("{} connections", children_.size()); }

// --- connections ---

void connection_supervisor::handle_cast(handed_over arrived) {
  const bool refused = arrived.seed.refused;
  const bool known = arrived.counted_by == manager_;
  const auto begun = begin(std::move(arrived.seed));
  if (begun) {
    children_.insert(*begun, {refused});
    if (refused) ++refusals_;
    obey(*begun);
    if (!known) tell(count_change::of(self(), refused, 1));
  } else if (known) {
    tell(count_change::of(self(), refused, -1));
  }
}

std::optional<pid> connection_supervisor::begin(connection_seed seed) {
  const stream::socket socket = seed.socket;
  const auto process = try_spawn_link(&run_connection, std::move(seed));
  if (process && socket.controlling_process(*process)) return *process;
  socket.close();
  if (process) return *process;  // it finds the socket closed
  log(log_level::error, fmt::format("listener: a connection is closed: {}", to_string(process.error())));
  return {};
}

void connection_supervisor::handle_info(const exited& signal) {
  const child* found = children_.find(signal.pid);
  if (found == nullptr) return;
  count_change change = count_change::of(self(), found->refused, -1);
  children_.erase(signal.pid);
  if (change.refusals != 0)
    --refusals_;
  else if (!signal.reason.is_orderly() && order_ != connections_order::kill)
    change.crashed = 1;
  tell(change);
}

void connection_supervisor::handle_cast(order_to_all order) {
  order_ = order.what;
  for (const auto& [process, about] : children_) obey(process);
}

void connection_supervisor::obey(pid process) const {
  if (order_ == connections_order::end) exit(process, exit_reason::shutdown);
  if (order_ == connections_order::kill) exit(process, exit_reason::kill);
}

void connection_supervisor::handle_cast(shutdown_limit changed) { shutdown_ = changed.limit; }

// --- the manager ---

void connection_supervisor::tell(count_change change) const {
  if (manager_) server<listener_manager>{manager_}.cast(change);
}

count_change connection_supervisor::handle_call(count_request request) {
  manager_ = request.manager;
  order_ = connections_order::go_on;  // a drain ends with the manager that has ordered it
  return {.supervisor = self(),
          .connections = static_cast<std::int32_t>(children_.size() - refusals_),
          .refusals = static_cast<std::int32_t>(refusals_)};
}

std::vector<pid> connection_supervisor::handle_call(which_request) const {
  std::vector<pid> all;
  all.reserve(children_.size());
  for (const auto& [process, about] : children_) all.push_back(process);
  return all;
}

// --- the supervisor above ---

namespace {

class supervisors_start final : public child_start {
 public:
  explicit supervisors_start(listener_part of) : of_{std::move(of)} {}
  task<std::expected<pid, start_error>> start(const spawn_options& options) const override {
    supervisor_spec spec{.spawn = options};
    for (std::uint32_t index = 0; index < of_.others->supervisor_count(); ++index) {
      spec.children.push_back(child<connection_supervisor>(std::to_string(index), of_, index)
                                  .shutdown(infinity)
                                  .spawn({.scheduler = placement::on(index), .mailbox_limit = unlimited}));
    }
    return begin(std::move(spec));
  }
  std::string kind() const override { return "connection supervisors, one for each scheduler"; }

 private:
  static task<std::expected<pid, start_error>> begin(supervisor_spec spec) {
    auto started = co_await try_start_link(std::move(spec));
    if (!started) co_return std::unexpected{std::move(started).error()};
    co_return started->pid();
  }
  listener_part of_;
};

}  // namespace

child_spec connection_supervisors(const listener_part& of) {
  return {"connections", child_type::supervisor, std::make_shared<supervisors_start>(of)};
}

}  // namespace dialtone::detail
