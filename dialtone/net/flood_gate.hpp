// SPDX-License-Identifier: Apache-2.0
// Keeps a socket that is active without end from filling its owner's mailbox: it stops, and with it the peer, while so
// many of its messages wait there, and goes on when half of them are taken. One that is put back, by a receive that has
// lost a race, was not taken. For the room net only.
#pragma once

#include <dialtone/net/socket_table.hpp>
#include <dialtone/runtime/paused_source.hpp>

namespace dialtone::detail {

class flood_gate : paused_source {
 public:
  /// Messages, and bytes in them. The mailbox is looked at once in so many, so it holds at most twice as many of one
  /// socket, and one message more.
  static constexpr std::uint32_t most = 64;
  static constexpr std::size_t most_bytes = std::size_t{1} << 20;

  explicit flood_gate(any_socket& socket);

  /// A message more has been told, with so many bytes. From the one on that shuts the gate, the socket waits for its
  /// go_on().
  void count(process_block* owner, std::size_t size);
  bool is_shut() const { return is_paused() || later_.waits(); }

 private:
  static bool has_told(const paused_source& self, const signal& message);
  static void open(paused_source& self);
  std::uint32_t waiting_at(const process_block& owner) const;
  void look_again();

  struct own_work : late_work {
    explicit own_work(flood_gate& self);
    flood_gate& self;
  };

  any_socket& socket_;
  own_work later_;
  std::uint32_t opens_at_ = 0;  // messages that wait
  std::uint32_t since_look_ = 0;
  std::size_t bytes_since_look_ = 0;
};

}  // namespace dialtone::detail
