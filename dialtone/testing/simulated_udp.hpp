// SPDX-License-Identifier: Apache-2.0
// UDP between the hosts of a simulated network: to one host, to all (255.255.255.255), or to those that have joined a
// group. For simulated_network, on its thread. Errors are the system's codes.
#pragma once

#include <deque>

#include <dialtone/io/datagram.hpp>
#include <dialtone/testing/simulated_world.hpp>

namespace dialtone::testing::simulated {

class simulated_udp {
 public:
  explicit simulated_udp(simulated_world& world) : world_{world} {}

  // For sockets of a host that is up. Both are done at once or, false, wait: a receive for a datagram.

  bool receive(simulated_socket& socket, io::datagram_operation& waiting, io::result& done);
  /// Of a socket that is bound; `to` is resolved.
  int send(simulated_socket& socket, const endpoint& to, const io::outgoing_datagram& what);
  void join(simulated_socket& socket, const ip_address& group, bool joins);

  // What is due.

  void arrive(const event_subject& due);
  void run_again(const event_subject& late) { world_.events.add(world_.now(), late); }

 private:
  struct flight {
    host_id from = {};
    host_id to = {};
    bool refusal = false;  // nobody has it: that of `what` travels back
    simulated_datagram what = {};
  };
  void launch(host_id from, host_id to, const simulated_datagram& what);
  void add(flight added, time_point arrival);
  void deliver(const flight& arrived);
  void put(simulated_socket& socket, const flight& arrived);
  void refuse(const flight& arrived);
  void tell_sender(const flight& refusal);
  std::vector<simulated_socket*> receivers(const flight& arrived);

  simulated_world& world_;
  std::deque<flight> flights_;  // by the slots of their events
  std::vector<std::uint32_t> free_;
};

}  // namespace dialtone::testing::simulated
