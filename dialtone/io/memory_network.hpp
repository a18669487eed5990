// SPDX-License-Identifier: Apache-2.0
// A network within the program: the addresses that sockets in memory are bound to, and what is on its way between them.
// Any address may be used, of IP or a Unix name; none of them is the machine's. Made once, shared by the memory_drivers
// that are to reach each other, of one runtime or several. Any thread; one lock guards all of it, held for each call of
// a driver and never while an operation is completed. Nobody holds the locks of two networks: under one of them only a
// driver's wake is called, which takes neither.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <dialtone/io/driver.hpp>
#include <dialtone/io/memory_pipe.hpp>

namespace dialtone::io {

class memory_driver;

/// A socket, wherever in the network.
struct memory_place {
  memory_driver* driver = nullptr;
  handle socket;
};

/// Two ends, and what is on its way to each.
struct memory_connection {
  struct end {
    memory_place place = {};  ///< none before it is accepted, and after it was closed
    socket_name name = {};
    memory_pipe incoming = {};
    bool closed = false;
  };
  /// The one that has connected, and the one that was accepted.
  std::array<end, 2> ends;
  /// There was room for it in the listener's backlog.
  bool established = false;
  bool refused = false;
};

class memory_network {
 public:
  memory_network() = default;
  memory_network(const memory_network&) = delete;
  memory_network& operator=(const memory_network&) = delete;

 private:
  friend class memory_driver;

  // What follows is called under the lock.

  /// Gives the name to the socket; a port of 0, or no Unix name, is chosen first. EADDRINUSE; EADDRNOTAVAIL when all
  /// ports are taken.
  int bind(socket_name& name, memory_place socket);
  /// The socket is at another place now, or at none.
  void move(const socket_name& name, memory_place socket) { bound_[key_of(name)] = socket; }
  void unbind(const socket_name& name) { bound_.erase(key_of(name)); }
  /// The socket with this address, else the one that has this port of all addresses. Nobody: no driver.
  memory_place find(const socket_name& name) const;

  static std::string key_of(const socket_name& name);
  int choose(socket_name& name);

  std::atomic<long> drivers_ = 0;  // that share it
  std::mutex lock_;
  std::map<std::string, memory_place> bound_;
  std::uint32_t last_chosen_ = 0;
};

}  // namespace dialtone::io
