// SPDX-License-Identifier: Apache-2.0
// A socket in a simulated network, as its driver and the network share it: the driver owns it, and it goes along when
// it moves to another driver of its host. For simulated_driver and simulated_network, on their thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <dialtone/io/remembered_options.hpp>
#include <dialtone/testing/simulated_fifo.hpp>
#include <dialtone/testing/simulated_network.hpp>

namespace dialtone::testing::simulated {

struct endpoint {
  /// Never a mapped one.
  ip_address ip = {};
  std::uint16_t port = 0;
  friend bool operator==(const endpoint&, const endpoint&) = default;
};
/// Empty: of another family.
std::optional<endpoint> to_endpoint(const io::socket_name& name);
/// `is_v6`: the family of the socket that is asked; what is IPv4 is mapped then.
io::socket_name to_name(const endpoint& of, bool is_v6);

/// Who is told that something has happened to a socket.
class socket_owner {
 public:
  virtual void notice(io::handle of) = 0;

 protected:
  ~socket_owner() = default;
};

/// Generation 0: none.
struct connection_id {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  explicit operator bool() const { return generation != 0; }
  friend bool operator==(connection_id, connection_id) = default;
};

/// As it travels, and as it waits to be read.
struct simulated_datagram {
  endpoint from = {};
  endpoint to = {};
  bytes data = {};
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;
};

struct simulated_socket {
  /// What one for datagrams has.
  struct datagrams {
    std::optional<endpoint> peer = {};
    std::vector<ip_address> groups = {};  // that it has joined
    simulated_fifo<simulated_datagram> arrived = {};
    std::size_t held = 0;  // bytes that count against the buffer
    int error = 0;         // of one that was sent; told once
  };
  /// What a listener has.
  struct listening {
    std::size_t backlog = 0;
    std::vector<connection_id> forming = {};  // a SYN has come, and nothing after it
    simulated_fifo<connection_id> arrived = {};
  };

  io::socket_kind kind = {};
  bool is_v6 = false;
  bool bound = false;
  bool reads_ended = false;
  bool writes_ended = false;
  std::uint8_t side = 0;
  host_id host = {};
  std::uint32_t incarnation = 0;  // of the host
  socket_owner* owner = nullptr;  // null while it moves
  io::handle self = {};
  endpoint local = {};
  connection_id with = {};
  std::size_t sent = 0;  // of what is being sent
  std::vector<bytes> unsent = {};
  io::remembered_options options = {};
  std::unique_ptr<listening> listener = {};
  std::unique_ptr<datagrams> udp = {};  // null: a stream

  void notice() const {
    if (owner != nullptr) owner->notice(self);
  }
};

}  // namespace dialtone::testing::simulated
