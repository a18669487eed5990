// SPDX-License-Identifier: Apache-2.0
// TCP between the hosts of a simulated network: what the calls of a driver do (simulated_tcp_calls.cpp), what comes of
// each segment that arrives (simulated_tcp_segments.cpp), and what is sent again and given up
// (simulated_tcp_timers.cpp). For simulated_network, on its thread. Errors are the system's codes.
#pragma once

#include <dialtone/testing/simulated_connection.hpp>
#include <dialtone/testing/simulated_world.hpp>

namespace dialtone::testing::simulated {

inline constexpr std::size_t no_limit = std::size_t(-1);

class simulated_tcp {
 public:
  explicit simulated_tcp(simulated_world& world) : world_{world} {}

  // The calls of drivers, for sockets that are theirs and of a host that is up.

  int listen(simulated_socket& socket, std::size_t backlog);
  /// Sends the first SYN, of a socket that is bound.
  void connect(simulated_socket& socket, const endpoint& to);
  bool is_connecting(const simulated_socket& socket);
  bool is_connected(const simulated_socket& socket);
  /// What a connect has failed with; the socket may connect again then. 0: it has not.
  int take_failure(simulated_socket& socket);
  std::optional<endpoint> peer_name(const simulated_socket& socket);
  /// Null: nobody waits.
  std::unique_ptr<simulated_socket> accept(simulated_socket& listener);
  /// Both as io::driver's; false: not yet. send takes at most `limit` bytes, and leaves in `pieces` what there is no
  /// room for.
  bool receive(simulated_socket& socket, io::result& done);
  bool send(simulated_socket& socket, std::span<bytes> pieces, std::size_t limit, io::result& done);
  int shutdown(simulated_socket& socket, io::shutdown_how how);
  /// The options have changed.
  void set_keepalive(simulated_socket& socket);
  void close(simulated_socket& socket);

  // What is due.

  void arrive(const event_subject& due);
  void run_timer(const event_subject& due);
  void probe(const event_subject& due);
  /// An event that was held while a host was paused.
  void run_again(const event_subject& late);

  // Faults.

  void reset_between(host_id one, host_id other);
  void crash(host_id host);

  std::size_t connection_count() const { return connections_.count(); }

 private:
  std::optional<end_place> find(const simulated_socket& socket);
  std::optional<end_place> find(const event_subject& subject);

  // simulated_tcp_calls.cpp
  std::size_t put(end_place from, std::span<bytes> pieces, std::size_t limit = no_limit);
  bytes take(end_place to);
  void stop_listening(simulated_socket& socket);

  // simulated_tcp_segments.cpp
  void deliver(end_place from, segment what);
  void deliver_syn(end_place to);
  void deliver_syn_ack(end_place to);
  void deliver_acknowledgement(end_place to);
  void deliver_data(end_place to, bytes data);
  void deliver_end(end_place to);
  void deliver_window(end_place to, std::size_t room);
  void deliver_reset(end_place to);
  bool has_room(simulated_socket& listener);
  void open(end_place up);
  void fail(end_place failed, int error);
  void forget_listener(end_place of);
  void finish(end_place of);
  void retire(simulated_connection& perhaps_over);

  // simulated_tcp_timers.cpp
  void transmit(end_place from, segment what);
  void transmit_once(end_place from, segment_kind kind);
  bool depart(end_place from, std::size_t size);
  void arm(end_place from);
  void stall(end_place from, time_point since);
  void lose_flight(end_place from);
  void send_again(end_place from);
  void acknowledge(end_place from, time_point since);
  void start_timer(end_place of, time_point since);
  void try_connect(end_place from);
  duration acknowledgement_limit(const simulated_end& of) const;
  bool hears_peer(end_place of);

  simulated_world& world_;
  simulated_connections connections_;
};

}  // namespace dialtone::testing::simulated
