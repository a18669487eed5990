// SPDX-License-Identifier: Apache-2.0
// A connection of a simulated network: its two ends, and what is on its way between them. For simulated_tcp.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include <dialtone/testing/simulated_events.hpp>
#include <dialtone/testing/simulated_path.hpp>
#include <dialtone/testing/simulated_socket.hpp>

namespace dialtone::testing::simulated {

enum class segment_kind : std::uint8_t { syn, syn_ack, acknowledgement, data, end, reset, window };

struct segment {
  time_point sent = {};
  time_point arrival = never;  // never: it waits to be sent again
  bytes data = {};
  std::size_t room = 0;  // of a window: bytes that were read
  segment_kind kind = segment_kind::data;
};

enum class end_stage : std::uint8_t {
  none,        // nothing has come to it
  connecting,  // SYN_SENT
  forming,     // SYN_RECEIVED
  open,        // up, perhaps closed by one or both
  gone,        // knows nothing of the connection any more
};

/// When an event was due that its host was paused for.
inline constexpr time_point held = time_point::min();

struct simulated_end {
  host_id host = {};
  end_stage stage = end_stage::none;
  bool queued = false;  // waits in its listener's backlog
  bool was_open = false;
  // What this end has heard.
  bool ended = false;  // nothing follows
  // What it has said.
  bool end_sent = false;
  bool end_arrived = false;
  bool stalled = false;         // what is on its way waits to be sent again
  bool unacknowledged = false;  // it has arrived, and who sent it does not know
  std::uint8_t attempts = 0;
  std::uint8_t probes = 0;  // of keepalive, without an answer
  int error = 0;            // to be told once
  endpoint name = {};
  simulated_path* path = nullptr;        // to the other end; null: there is no such host
  simulated_socket* socket = nullptr;    // null while nobody has it
  simulated_socket* listener = nullptr;  // while it is forming or queued
  simulated_fifo<segment> flight = {};
  simulated_fifo<bytes> incoming = {};
  std::size_t incoming_size = 0;
  std::size_t used = 0;  // of the other end's window, as far as this one knows
  std::size_t read = 0;  // and not yet said to the other end
  time_point last_arrival = {};
  // When the event that counts is due; an event of any other time is an old one. never: none is under way.
  time_point arrival_at = never;
  time_point timer_at = never;
  time_point keepalive_at = never;
  time_point unacknowledged_since = {};
  time_point last_heard = {};

  bool is_orphan() const { return stage == end_stage::open && socket == nullptr && !queued; }
  /// Nobody can learn anything from it any more.
  bool is_over() const {
    return (stage == end_stage::none || stage == end_stage::gone) && socket == nullptr && !queued;
  }
};

struct simulated_connection {
  std::uint64_t number = 0;
  connection_id id = {0, 1};
  bool used = false;
  std::array<simulated_end, 2> ends = {};
};

/// One of its ends.
struct end_place {
  simulated_connection& of;
  std::uint8_t side;

  simulated_end& own() const { return of.ends[side]; }
  end_place peer() const { return {of, static_cast<std::uint8_t>(1 - side)}; }
  event_subject subject(event_kind kind) const { return {kind, side, of.id.slot, of.id.generation}; }
};

/// A slot is used again, under its next generation. Connections stay where they are.
class simulated_connections {
 public:
  simulated_connection& add();
  void remove(simulated_connection& removed);
  /// Null: it is over.
  simulated_connection* find(connection_id id);
  /// In the order of their slots. What `visit` removes is not visited, and it adds none.
  template <class Visit>
  void each(Visit visit) {
    for (simulated_connection& one : all_)
      if (one.used) visit(one);
  }
  std::size_t count() const { return all_.size() - free_.size(); }

 private:
  std::deque<simulated_connection> all_;
  std::vector<std::uint32_t> free_;
  std::uint64_t added_ = 0;
};

}  // namespace dialtone::testing::simulated
