// SPDX-License-Identifier: Apache-2.0
// The sending half of a stream socket: what was sent and not yet taken by the kernel, in the order of the sends, and
// who waits until it has become less. What several sends have left by then goes out together: small pieces
// are copied into one, large ones go by reference. For stream_socket only.
//
// The queue has a limit: the send that reaches the high watermark waits with its data in the queue, and any other one
// outside, with its data in its own hands, until the low watermark is reached. So there is never more in the queue than
// the high watermark and one send, however many are given up, and nothing is sent of one that is given up outside. Only
// a close lets in all who wait outside. When the socket moves to another scheduler they follow it, and wait there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <dialtone/base/bytes.hpp>
#include <dialtone/net/net_error.hpp>
#include <dialtone/net/packet.hpp>
#include <dialtone/net/piece_queue.hpp>
#include <dialtone/net/request_queue.hpp>

namespace dialtone::detail {

using send_result = std::expected<void, net_error>;

/// A send, and who waits for it.
struct send_request : queued_request<send_request> {
  send_request(bytes data, void (*complete)(send_request&, send_result)) : data{std::move(data)}, complete{complete} {}

  bytes data;  // until it is queued
  void (*complete)(send_request&, send_result);

  std::optional<packet> known_type() const { return is_typed ? std::optional{type} : std::nullopt; }
  void set_type(std::optional<packet> known) {
    is_typed = known ? 1 : 0;
    type = known.value_or(packet::raw);
  }

  // The writer's.
  std::uint64_t size : 55 = 0;     // of the data, without its header
  std::uint64_t is_typed : 1 = 0;  // has been at a socket: its type stays, also when that of the stream changes
  packet type : 8 = packet::raw;
  std::uint64_t end = 0;  // where the data ends in all that was ever queued; 0: it is not queued
};

struct watermarks {
  /// As much as a fast connection has under way; a sender that waits at less would wait for round trips.
  std::size_t high = std::size_t{64} * 1024;
  std::size_t low = std::size_t{32} * 1024;
};

class stream_writer {
 public:
  /// Below this a piece is copied to its neighbours: it costs less than an entry of the kernel's list.
  static constexpr std::size_t small_piece = 512;

  /// Whether there is a result, in `told`; else it waits, and is completed later. Refuses what no header of the type
  /// can say. The type is the stream's.
  bool add(packet type, send_request& request, std::optional<send_result>& told);
  /// Unsent, with what is under way.
  std::size_t size() const { return unsent_; }
  bool is_full() const { return unsent_ >= marks.high; }
  /// What `send(std::span<bytes>)` returns for what is to be sent next; the queue is empty then. Not while there is
  /// something under way.
  template <class Send>
  bool take(Send send) {
    under_way_ = unsent_;
    if (bytes only = queue_.take_only(); !only.empty()) return send(std::span{&only, 1});
    return take_several(send);
  }
  bool under_way() const { return under_way_ != 0; }
  /// What was taken has been sent. Senders that wait go on when it has become little.
  void sent();
  /// Of what was taken so many bytes have gone, and no more will. Forgets all, and tells who waits.
  void fail(const net_error& why, std::size_t sent);
  /// Of what was taken, this is what has not been sent after all: it is the next to be taken.
  void take_back(std::vector<bytes> unsent);

  /// The error of a send, with what is left of it while so many bytes of what was taken have gone.
  net_error left_of(const send_request& request, const net_error& why, net_error::rest queued, std::size_t sent) const;
  /// Tells who waits that; with rest::queued who is outside is queued before.
  void tell_all(const net_error& why, net_error::rest queued, std::size_t sent);
  /// Lets the one go on that waits in the queue: its data goes where the queue does.
  void let_queued_go();
  /// Tells who is outside, whose data is still in his own hands.
  void tell_outside(const net_error& why);
  /// Who is outside takes its data away.
  void forget(send_request& request) { waiting_.forget(request); }
  /// Queues what is outside, and lets everybody go on: for a stream to which nothing more can be given.
  void let_all_in();
  std::size_t waiting() const { return waiting_.size(); }

  std::uint64_t sent_bytes() const { return sent_bytes_; }
  /// How many sends were queued, and the largest with its header; 2 GiB when it was more.
  std::uint64_t sent_packets() const { return sent_packets_; }
  std::uint32_t largest() const { return largest_; }

  watermarks marks;

 private:
  template <class Send>
  [[gnu::noinline]] bool take_several(Send send) {
    std::vector<bytes> pieces = gathered(queue_.take_all());
    return send(std::span{pieces});
  }
  void queue(send_request& request);
  std::size_t queue_header(const send_request& request);
  /// Neighbours that are small become one piece.
  static std::vector<bytes> gathered(std::vector<bytes> pieces);

  piece_queue queue_;
  std::size_t unsent_ = 0;
  std::size_t under_way_ = 0;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t sent_packets_ = 0;
  request_queue<send_request> waiting_;  // only the first may be in the queue
  std::uint32_t largest_ = 0;
};

}  // namespace dialtone::detail
