// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <dialtone/net/connection_handler.hpp>
#include <dialtone/runtime/logging.hpp>

namespace dialtone::detail {

void connection_loop::begin(stream::socket socket, duration idle_timeout) {
  trap_exit();
  socket_ = socket;
  idle_timeout_ = idle_timeout;
}

// --- what callbacks return ---

void connection_loop::take(event of, connection_next next) {
  ends_ = ends_ || of == event::end || next.ends_ || next.next_;
  next_ = std::move(next.next_);
}

void connection_loop::take(event of) {
  take(of, of == event::ordinary ? connection_next::go_on() : connection_next::close());
}

task<> connection_loop::take_work() {
  task<> work = std::move(*work_);
  work_.reset();
  return work;
}

std::optional<process<>> connection_loop::successor() const {
  if (!next_) return std::nullopt;
  trap_exit(false);
  const stream::socket socket = next_->socket.name() ? next_->socket : socket_;
  return next_->serve->begin(socket, idle_timeout_);
}

// --- waiting ---

std::expected<void, net_error> connection_loop::arm() {
  if (armed_) return {};
  if (auto set = socket_.setopts({.active = active::once}); !set) return set;
  armed_ = true;
  received_ = received();
  deadline_ = after_delay(now(), idle_timeout_);
  return {};
}

connection_loop::next_event connection_loop::next() { return next_event{deadline_}; }

std::uint64_t connection_loop::received() const {
  const auto statistics = socket_.getstat();
  return statistics ? statistics->received_bytes : 0;
}

// A long packet may take longer than the time: its bytes have been read, though nobody has been told.
bool connection_loop::is_idle() {
  const std::uint64_t before = std::exchange(received_, received());
  deadline_ = after_delay(now(), idle_timeout_);
  return before == received_;
}

void connection_loop::next_event::await_suspend(std::coroutine_handle<> coroutine) {
  mailbox_wait::await_suspend(coroutine);
  if (taken == nullptr && deadline_ != never) timer_.start_at(deadline_, *this, &time_is_up);
}

void connection_loop::next_event::time_is_up(waiter& waiting) {
  auto& self = static_cast<next_event&>(waiting);
  if (self.taken != nullptr) return;
  self.stop_waiting();
  this_core->make_ready(*self.process, self);
}

// --- messages ---

bool connection_loop::is_own(const signal& arrived) const { return teller_of(arrived) == socket_.name(); }

bool connection_loop::is_shutdown(const signal& arrived) const {
  if (arrived.type != &message_type<exited>) return false;
  const exited& told = static_cast<const message<exited>&>(arrived).value;
  return told.pid == calling_process().parent && told.reason.is_shutdown();
}

void connection_loop::unexpected(const signal& arrived) {
  if (arrived.type == &message_type<exited>) {
    const exit_reason& reason = static_cast<const message<exited>&>(arrived).value.reason;
    if (reason != exit_reason::normal) exit(reason);
    return;
  }
  if (is_own(arrived)) return;
  log(log_level::warning, fmt::format("a connection has no handler for a message {}", arrived.type->name()));
}

}  // namespace dialtone::detail
