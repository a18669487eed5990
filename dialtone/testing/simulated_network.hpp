// SPDX-License-Identifier: Apache-2.0
// A network of hosts in virtual time: links with delays, TCP and UDP over them, and whatever goes wrong in networks.
// Nothing is real: no kernel, no thread, no clock but the one that is handed in, and all chance comes from one seed, so
// that the same calls make the same network on every machine. Each host's schedulers reach it through drivers of their
// own (simulated_driver.hpp). For one thread.
//
//   simulated_network network{clock, seed};
//   const host_id a = network.add_host("a", ip_address::v4(10, 0, 0, 1), on_ready);
//   auto driver = network.make_driver(a);
//   clock.advance_to(network.next_event()), network.run_events();
//
// TCP is modelled by what its users see, not by sequence numbers. Segments arrive in order; one that is lost, or runs
// into a cut, is sent again when its time-out has passed, and all behind it wait; who is not acknowledged for too long
// gives up. Who does not read stops who sends. UDP is as it is. A host has all of 127.0.0.0/8 for itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/ip_address.hpp>
#include <dialtone/runtime/fault_source.hpp>
#include <dialtone/testing/simulated_link.hpp>
#include <dialtone/testing/virtual_clock.hpp>

namespace dialtone::testing {

namespace simulated {
class simulated_stack;
struct simulated_host;
}  // namespace simulated

/// Of one network: hosts count from 0 in the order in which they were added.
enum class host_id : std::uint32_t {};

/// The defaults are Linux's, where it has any.
struct network_options {
  /// Between two hosts, in each direction, until set_link says otherwise.
  link_options link = {};
  /// Of a host with itself.
  link_options loopback = {.delay = latency::fixed(std::chrono::microseconds{10}), .segmentation = {}};

  /// Bytes that a connection holds in each direction, on their way and unread; then who sends waits.
  std::size_t receive_window = std::size_t{256} * 1024;
  /// A connect is tried again after so long, then after twice that and so on (net.ipv4.tcp_syn_retries).
  duration connect_retry = std::chrono::seconds{1};
  std::uint32_t connect_retries = 6;
  /// What is not acknowledged is sent again after so long, then after twice that and so on, at most after
  /// `retransmission_limit`.
  duration retransmission_timeout = std::chrono::milliseconds{200};
  duration retransmission_limit = std::chrono::minutes{2};
  /// A connection fails with ETIMEDOUT when nothing has been acknowledged for so long (net.ipv4.tcp_retries2 = 15),
  /// unless the socket has a TCP_USER_TIMEOUT.
  duration acknowledgement_limit = std::chrono::milliseconds{924'600};
  /// The ports that are given to who asks for none (net.ipv4.ip_local_port_range), each to one socket of a host.
  std::uint16_t first_port = 32768;
  std::uint16_t last_port = 60999;
  /// The most that a listener keeps waiting, whatever it asks for (net.core.somaxconn).
  std::size_t backlog_limit = 4096;
  /// Bytes of datagrams that a socket holds until they are read; more are lost (net.core.rmem_default).
  std::size_t datagram_buffer = std::size_t{208} * 1024;
};

enum class network_event_kind : std::uint8_t {
  connect,      ///< a SYN has come
  established,  ///< the connection is up at both ends; the first host is who has connected
  refused,      ///< nobody listens
  data,         ///< has come
  end,          ///< has come: nothing follows in this direction
  reset,        ///< has come
  timed_out,    ///< the first host has given up
  lost,         ///< a segment that will be sent again, or a SYN
  datagram,     ///< has come
  datagram_lost,
  cut,
  mend,
  crash,
  restart,
  pause,
  resume,
};
std::string_view to_string(network_event_kind kind);

/// Something that has happened, from one host to another; of a host alone, both are it.
struct network_event {
  time_point time;
  network_event_kind kind;
  host_id from;
  host_id to;
  /// Connections count from 1 in the order in which they were begun; 0: of none.
  std::uint64_t connection = 0;
  /// What has come, while somebody is told.
  std::string_view content = {};
};

class simulated_network {
 public:
  simulated_network(virtual_clock& clock, std::uint64_t seed, network_options options = {});
  simulated_network(const simulated_network&) = delete;
  simulated_network& operator=(const simulated_network&) = delete;
  ~simulated_network();

  /// `on_ready`: a driver of the host has something to do (io::driver::is_ready); perhaps from within a call of a
  /// driver, so that it only marks. An address belongs to one host, which is asserted.
  host_id add_host(std::string name, ip_address address, std::function<void()> on_ready = {});
  /// One more, perhaps of the other family.
  void add_address(host_id host, ip_address address);
  const std::string& name(host_id host) const;
  ip_address address(host_id host) const;
  std::optional<host_id> find(std::string_view name) const;
  std::size_t host_count() const;

  /// For a scheduler of the host; its sockets may move between the drivers of the host. The network outlives it, and so
  /// does `faults`, which is asked at the points `driver.*`; null: nothing that is rare happens to its calls.
  std::unique_ptr<io::driver> make_driver(host_id host, fault_source* faults = nullptr);

  /// When something happens next; never: nothing is under way.
  time_point next_event() const;
  /// All that is due now.
  void run_events();
  /// Everything that happens, as it happens. `told` must not call the network.
  void on_event(std::function<void(const network_event&)> told);

  // Faults. Those of links are of one direction.

  /// What is on its way arrives as it would have.
  void set_link(host_id from, host_id to, const link_options& options);
  /// Nothing arrives any more, neither what is on its way.
  void cut(host_id from, host_id to);
  void mend(host_id from, host_id to);
  bool is_cut(host_id from, host_id to) const;
  /// Both ends of each connection between them are reset; who still connects goes on.
  void reset_connections(host_id one, host_id other);
  /// The machine is gone, and no peer is told. The sockets of its drivers are dead (ENETDOWN), and no driver of it that
  /// was made before comes to life again.
  void crash(host_id host);
  /// It is there again and knows nothing: what comes for a connection from before is answered with a reset.
  void restart(host_id host);
  bool is_up(host_id host) const;
  /// As of a virtual machine that is stopped: what arrives waits, nothing is acknowledged, its timers stand still.
  void pause(host_id host);
  void resume(host_id host);

  /// Of connections that are not over at both ends, for tests and measurements.
  std::size_t connection_count() const;

 private:
  void run_held(host_id host);

  std::unique_ptr<simulated::simulated_stack> stack_;
};

}  // namespace dialtone::testing
