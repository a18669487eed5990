// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/listener_manager.hpp>

#include <fmt/format.h>
#include <algorithm>

#include <dialtone/net/connection_supervisor.hpp>
#include <dialtone/net/net_events.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

listener_manager::listener_manager(listener_part of)
    : others_{std::move(of.others)},
      memory_{others_->memory},
      spec_{memory_.spec},
      endpoints_(spec_.listen_on.size()),
      supervisors_(others_->supervisor_count()) {
  trap_exit();
  calling_process().flags |= never_owes;
  others_->set_manager(self());
  renew_settings();
}

task<> listener_manager::init() {
  for (std::uint32_t index = 0; index < supervisors_.size(); ++index) {
    const pid supervisor = others_->supervisor(index);
    follow(index, supervisor);
    const auto counted = co_await server<connection_supervisor>{supervisor}.try_call(
        connection_supervisor::count_request{self()}, infinity);
    if (counted) count(supervisors_[index], counted->connections, counted->refusals);
  }
  if (memory_.suspended) {
    state_ = listener_state::suspended;
    co_return;
  }
  if (auto opened = co_await open_all(); !opened)
    exit(exit_reason::custom_text(fmt::format("listener: {}", opened.error())));
}

std::string listener_manager::format_status() const {
  return fmt::format("{}, {} of {} connections", to_string(state_), connections_, spec_.max_connections);
}

// --- listening sockets ---

task<std::expected<void, net_error>> listener_manager::open_all() {
  for (std::size_t index = 0; index < endpoints_.size(); ++index) {
    auto listening = co_await spec_.listen_on[index].listen(memory_.addresses[index]);
    if (!listening) {
      close_all();
      co_return std::unexpected{std::move(listening).error()};
    }
    memory_.addresses[index] = listening->local_address();
    static_cast<void>(listening->monitor());
    endpoints_[index].listener = std::move(*listening);
    tell_listening(events::listener_start, *memory_.addresses[index]);
  }
  co_return std::expected<void, net_error>{};
}

void listener_manager::close_all() {
  for (opened& each : endpoints_) {
    if (!each.listener) continue;
    const stream::listener closed = *std::exchange(each.listener, std::nullopt);
    closed.close();
    tell_listening(events::listener_stop, closed.local_address());
  }
}

void listener_manager::tell_listening(const telemetry::event& what, const socket_address& where) const {
  telemetry::emit(what, [&](telemetry::record& record) {
    record.tag("listener", to_string(self()));
    record.tag("address", to_string(where));
  });
}

// By somebody else: whoever starts the manager again opens it again.
void listener_manager::handle_info(const net::socket_down& closed) {
  for (const opened& each : endpoints_)
    if (each.listener && each.listener->name() == closed.socket)
      stop(exit_reason::custom_text("listener: its socket was closed"));
}

// --- accepting ---

void listener_manager::handle_call(turn_request request, reply_to<stream::listener> from) {
  endpoints_[request.endpoint].acceptor = from;
  // One that waits for a place of this endpoint has an acceptor that has died with it: nobody would use the place.
  std::erase_if(waiting_places_, [&](const waiting_place& each) { return each.endpoint == request.endpoint; });
  go_on();
}

void listener_manager::handle_call(place_request request, reply_to<place> from) {
  waiting_places_.push_back({request.endpoint, from});
  go_on();
}

bool listener_manager::may_accept() const {
  return state_ == listener_state::running && (has_room() || spec_.when_full != full_policy::leave_in_backlog);
}

void listener_manager::go_on() {
  watch_room();
  while (!waiting_places_.empty()) {
    auto chosen = choose();
    if (!chosen) break;
    reply(waiting_places_.front().from, std::move(*chosen));
    waiting_places_.pop_front();
  }
  watch_room();
  if (!waiting_places_.empty() || !may_accept()) return;
  for (opened& each : endpoints_)
    if (each.listener && each.acceptor) reply(*std::exchange(each.acceptor, std::nullopt), *each.listener);
}

// Tells once that there is no room, and once that there is.
void listener_manager::watch_room() {
  if (has_room() != full_since_.has_value()) return;
  const bool full = !has_room();
  const time_point since = full_since_.value_or(now());
  full_since_ = full ? std::optional{now()} : std::nullopt;
  telemetry::emit(full ? events::listener_full : events::listener_room, [&](telemetry::record& record) {
    record.tag("listener", to_string(self()));
    record.measure("connections", connections_);
    if (!full) record.measure("duration", now() - since);
  });
}

// None: it has to wait, for room or for a connection supervisor.
std::optional<listener_manager::place> listener_manager::choose() {
  if (state_ != listener_state::running) return place{};  // accepted while that began
  const bool refused = !has_room();
  if (refused && spec_.when_full == full_policy::leave_in_backlog) return std::nullopt;
  const bool closed = refused && (spec_.when_full == full_policy::close || refusals_ >= spec_.max_refusals);
  supervised* chosen = closed ? nullptr : least_loaded();
  if (!closed && chosen == nullptr) return std::nullopt;
  ++(refused ? refused_ : accepted_);
  if (refused)
    telemetry::emit(events::connection_refused,
                    [](telemetry::record& record) { record.tag("listener", to_string(self())); });
  if (closed) return place{};
  count(*chosen, refused ? 0 : 1, refused ? 1 : 0);
  return place{chosen->supervisor, self(), settings_, refused};
}

// Equal ones in turn: the one that has been chosen last has one more by then.
listener_manager::supervised* listener_manager::least_loaded() {
  supervised* chosen = nullptr;
  for (supervised& each : supervisors_) {
    if (!each.supervisor) continue;
    if (chosen == nullptr || each.connections + each.refusals < chosen->connections + chosen->refusals) chosen = &each;
  }
  return chosen;
}

// --- the count ---

void listener_manager::count(supervised& of, std::int32_t connections, std::int32_t refusals) {
  of.connections += static_cast<std::size_t>(connections);
  connections_ += static_cast<std::size_t>(connections);
  of.refusals += static_cast<std::size_t>(refusals);
  refusals_ += static_cast<std::size_t>(refusals);
}

void listener_manager::handle_cast(const count_change& change) {
  crashed_ += change.crashed;
  for (supervised& each : supervisors_)
    if (each.supervisor == change.supervisor) count(each, change.connections, change.refusals);
  finish_drain();
  go_on();
}

void listener_manager::follow(std::uint32_t index, pid supervisor) {
  supervised& place = supervisors_[index];
  if (place.supervisor == supervisor) return;
  if (place.supervisor) forget(place);
  place = {.supervisor = supervisor, .monitor = monitor(supervisor)};
}

// Its connections have died with it.
void listener_manager::forget(supervised& gone) {
  demonitor(gone.monitor, demonitor_mode::flush);
  connections_ -= gone.connections;
  refusals_ -= gone.refusals;
  gone = {};
}

void listener_manager::handle_cast(supervisor_up up) {
  follow(up.index, up.supervisor);
  const server<connection_supervisor> begun{up.supervisor};
  begun.cast(shutdown_limit{spec_.shutdown});
  if (state_ == listener_state::draining) begun.cast(order_to_all{connections_order::end});
  go_on();
}

void listener_manager::handle_info(const down& death) {
  for (supervised& each : supervisors_)
    if (each.monitor == death.reference) forget(each);
  finish_drain();
  go_on();
}

// --- what the listener_ref asks for ---

listener_info listener_manager::handle_call(info_request) const {
  listener_info info{.state = state_,
                     .max_connections = spec_.max_connections,
                     .connections = connections_,
                     .refusals = refusals_,
                     .accepted = accepted_,
                     .refused = refused_,
                     .crashed = crashed_};
  for (const auto& each : memory_.addresses) info.addresses.push_back(each.value_or(socket_address{}));
  return info;
}

std::vector<pid> listener_manager::handle_call(supervisors_request) const {
  std::vector<pid> all;
  for (const supervised& each : supervisors_)
    if (each.supervisor) all.push_back(each.supervisor);
  return all;
}

void listener_manager::handle_call(suspend_request) {
  if (state_ != listener_state::running) return;
  state_ = listener_state::suspended;
  memory_.suspended = true;
  close_all();
  go_on();
}

task<> listener_manager::handle_call(resume_request, reply_to<resume_request::reply> from) {
  if (state_ == listener_state::draining)
    resume_waiters_.push_back(from);
  else
    co_await resume(from);
}

task<> listener_manager::resume(reply_to<resume_request::reply> from) {
  if (state_ == listener_state::running) {
    reply(from, {});
    co_return;
  }
  auto opened = co_await open_all();
  if (opened) {
    state_ = listener_state::running;
    memory_.suspended = false;
    go_on();
  }
  reply(from, std::move(opened));
}

std::expected<void, std::string> listener_manager::handle_call(change_request request) {
  listener_spec changed = spec_;
  listener_changes& given = request.changes;
  if (given.max_connections) changed.max_connections = *given.max_connections;
  if (given.when_full) changed.when_full = *given.when_full;
  if (given.serve) changed.serve = std::move(*given.serve);
  if (given.refusal) changed.refusal = std::move(given.refusal);
  if (given.max_refusals) changed.max_refusals = *given.max_refusals;
  if (given.handshake_timeout) changed.handshake_timeout = *given.handshake_timeout;
  if (given.idle_timeout) changed.idle_timeout = *given.idle_timeout;
  if (given.shutdown) changed.shutdown = *given.shutdown;
  if (auto checked = check_listener_spec(changed); !checked) return checked;
  spec_ = std::move(changed);
  renew_settings();
  for (const supervised& each : supervisors_)
    server<connection_supervisor>{each.supervisor}.cast(shutdown_limit{spec_.shutdown});
  go_on();
  return {};
}

void listener_manager::renew_settings() {
  settings_ = std::make_shared<const connection_settings>(spec_.serve, spec_.refusal, spec_.handshake_timeout,
                                                          spec_.idle_timeout);
}

// --- drain ---

void listener_manager::handle_call(drain_request request, reply_to<std::size_t> from) {
  handle_call(suspend_request{});
  drain_waiters_.push_back(from);
  if (state_ != listener_state::draining) {
    state_ = listener_state::draining;
    ++drains_;
    killed_ = 0;
    drain_begun_ = now();
    order(connections_order::end);
    go_on();
  }
  if (request.limit != infinity) send_after(request.limit, self(), drain_over{drains_});
  finish_drain();
}

void listener_manager::handle_info(drain_over over) {
  const bool was_told = killed_ != 0;  // by the earlier limit of another drain
  if (state_ != listener_state::draining || over.drain != drains_ || was_told) return;
  killed_ = connections_ + refusals_;
  order(connections_order::kill);
}

void listener_manager::order(connections_order what) {
  for (const supervised& each : supervisors_) server<connection_supervisor>{each.supervisor}.cast(order_to_all{what});
}

void listener_manager::finish_drain() {
  if (state_ != listener_state::draining || connections_ + refusals_ != 0) return;
  state_ = listener_state::suspended;
  order(connections_order::go_on);
  telemetry::emit(events::listener_drained, [this](telemetry::record& record) {
    record.tag("listener", to_string(self()));
    record.measure("killed", killed_);
    record.measure("duration", now() - drain_begun_);
  });
  for (const auto& waiting : std::exchange(drain_waiters_, {})) reply(waiting, killed_);
  for (const auto& waiting : std::exchange(resume_waiters_, {})) continue_with(resume_after{waiting});
}

}  // namespace dialtone::detail
