// SPDX-License-Identifier: Apache-2.0
// The ports of a simulated host for one protocol: which socket is bound to what. For simulated_network, on its thread.
#pragma once

#include <cstdint>
#include <vector>

#include <dialtone/testing/simulated_socket.hpp>

namespace dialtone::testing::simulated {

class simulated_ports {
 public:
  /// Binds it to `local`; a port of 0 is chosen from `first` to `last`. The error: EADDRINUSE, and EADDRNOTAVAIL when
  /// all of them are taken.
  int bind(simulated_socket& socket, endpoint local, std::uint16_t first, std::uint16_t last);
  void unbind(simulated_socket& socket);
  /// The listener that takes a connection from `from` to `to`: one of this address before one of all. Of several
  /// (SO_REUSEPORT) the sender's name decides. Null: none.
  simulated_socket* listener(const endpoint& to, const endpoint& from) const;
  /// All sockets bound to this port, in the order in which they were.
  template <class Visit>
  void each(std::uint16_t port, Visit visit) const {
    for (std::size_t i = first_of(port); i < bound_.size() && bound_[i].port == port; ++i) visit(*bound_[i].socket);
  }
  void clear() { bound_ = {}; }

 private:
  struct binding {
    std::uint16_t port;
    simulated_socket* socket;
  };
  std::size_t first_of(std::uint16_t port) const;
  bool is_taken(std::uint16_t port) const;

  std::vector<binding> bound_;  // by port
  std::uint32_t last_chosen_ = 0;
};

/// Whether a socket that is bound to `local` is reached at `ip`.
bool takes(const simulated_socket& socket, const ip_address& ip);

}  // namespace dialtone::testing::simulated
