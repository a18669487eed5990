// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_network.hpp>

#include <array>
#include <utility>

#include <dialtone/testing/simulated_driver.hpp>
#include <dialtone/testing/simulated_stack.hpp>

namespace dialtone::testing {

using simulated::event_kind;
using simulated::simulated_host;

std::string_view to_string(network_event_kind kind) {
  constexpr std::array<std::string_view, 16> names{
      "connect",  "established",   "refused", "data", "end",   "reset",   "timed_out", "lost",
      "datagram", "datagram_lost", "cut",     "mend", "crash", "restart", "pause",     "resume"};
  return names.at(static_cast<std::size_t>(kind));
}

simulated_network::simulated_network(virtual_clock& clock, std::uint64_t seed, network_options options)
    : stack_{std::make_unique<simulated::simulated_stack>(clock, seed, options)} {
  DIALTONE_ASSERT(options.receive_window != 0, "a window has room");
  for (const duration each : {options.connect_retry, options.retransmission_timeout, options.retransmission_limit})
    DIALTONE_ASSERT(each >= std::chrono::milliseconds{1}, "what is tried again is so after a millisecond at least");
  DIALTONE_ASSERT(options.first_port != 0, "a port that is chosen is not 0");
  DIALTONE_ASSERT(options.first_port <= options.last_port, "there are ports to choose from");
}

simulated_network::~simulated_network() = default;

host_id simulated_network::add_host(std::string name, ip_address address, std::function<void()> on_ready) {
  const host_id added = stack_->world.add_host(std::move(name), std::move(on_ready));
  stack_->world.add_address(added, address);
  return added;
}

void simulated_network::add_address(host_id host, ip_address address) { stack_->world.add_address(host, address); }

const std::string& simulated_network::name(host_id host) const { return stack_->world.host(host).name; }

ip_address simulated_network::address(host_id host) const { return stack_->world.host(host).addresses.front(); }

std::optional<host_id> simulated_network::find(std::string_view name) const { return stack_->world.find(name); }

std::size_t simulated_network::host_count() const { return stack_->world.host_count(); }

std::unique_ptr<io::driver> simulated_network::make_driver(host_id host, fault_source* faults) {
  return std::make_unique<simulated_driver>(*stack_, host, faults);
}

time_point simulated_network::next_event() const { return stack_->world.events.next(); }

void simulated_network::run_events() {
  simulated::simulated_world& world = stack_->world;
  while (world.events.next() <= world.now()) {
    const simulated::event_subject due = world.events.take().subject;
    switch (due.kind) {
      case event_kind::arrival:
        stack_->tcp.arrive(due);
        break;
      case event_kind::timer:
        stack_->tcp.run_timer(due);
        break;
      case event_kind::keepalive:
        stack_->tcp.probe(due);
        break;
      case event_kind::datagram:
        stack_->udp.arrive(due);
        break;
    }
  }
}

void simulated_network::on_event(std::function<void(const network_event&)> told) {
  stack_->world.told = std::move(told);
}

// --- faults ---

void simulated_network::set_link(host_id from, host_id to, const link_options& options) {
  stack_->world.path(from, to).options = options;
}

void simulated_network::cut(host_id from, host_id to) {
  stack_->world.path(from, to).cut = true;
  stack_->world.tell(network_event_kind::cut, from, to);
}

void simulated_network::mend(host_id from, host_id to) {
  stack_->world.path(from, to).cut = false;
  stack_->world.tell(network_event_kind::mend, from, to);
}

bool simulated_network::is_cut(host_id from, host_id to) const { return stack_->world.path(from, to).cut; }

void simulated_network::reset_connections(host_id one, host_id other) { stack_->tcp.reset_between(one, other); }

void simulated_network::crash(host_id host) {
  simulated_host& gone = stack_->world.host(host);
  if (!std::exchange(gone.up, false)) return;
  stack_->world.tell(network_event_kind::crash, host, host);
  ++gone.incarnation;
  gone.tcp.clear();
  gone.udp.clear();
  stack_->tcp.crash(host);
  if (std::exchange(gone.paused, false)) run_held(host);
}

void simulated_network::restart(host_id host) {
  if (std::exchange(stack_->world.host(host).up, true)) return;
  stack_->world.tell(network_event_kind::restart, host, host);
}

bool simulated_network::is_up(host_id host) const { return stack_->world.host(host).up; }

void simulated_network::pause(host_id host) {
  simulated_host& stopped = stack_->world.host(host);
  if (!stopped.up || std::exchange(stopped.paused, true)) return;
  stack_->world.tell(network_event_kind::pause, host, host);
}

void simulated_network::resume(host_id host) {
  if (!std::exchange(stack_->world.host(host).paused, false)) return;
  stack_->world.tell(network_event_kind::resume, host, host);
  run_held(host);
}

void simulated_network::run_held(host_id host) {
  for (const simulated::event_subject& each : std::exchange(stack_->world.host(host).held, {})) {
    if (each.kind == event_kind::datagram)
      stack_->udp.run_again(each);
    else
      stack_->tcp.run_again(each);
  }
}

std::size_t simulated_network::connection_count() const { return stack_->tcp.connection_count(); }

}  // namespace dialtone::testing
