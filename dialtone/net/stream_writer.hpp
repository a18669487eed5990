// SPDX-License-Identifier: Apache-2.0
// The sending half of a stream socket: what was sent and not yet taken by the kernel, in the order of the sends, and
// who waits until it has become less. What several sends have left by then goes out together: small pieces
// are copied into one, large ones go by reference. For stream_socket only.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <dialtone/base/bytes.hpp>
#include <dialtone/net/net_error.hpp>
#include <dialtone/net/piece_queue.hpp>
#include <dialtone/net/request_queue.hpp>

namespace dialtone::detail {

using send_result = std::expected<void, net_error>;

/// Somebody whose send has filled the queue.
struct send_request : queued_request<send_request> {
  explicit send_request(void (*complete)(send_request&, send_result)) : complete{complete} {}

  void (*complete)(send_request&, send_result);
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

  void add(bytes header, bytes data);
  /// Unsent, with what is under way.
  std::size_t size() const { return unsent_; }
  bool is_full() const { return unsent_ >= marks.high; }
  /// What `send(std::span<bytes>)` returns for what is to be sent next; the queue is empty then. Not while there is
  /// something under way.
  template <class Send>
  bool take(Send send) {
    under_way_ = unsent_;
    if (bytes only = queue_.take_only(); !only.empty()) return send(std::span{&only, 1});
    std::vector<bytes> pieces = gathered(queue_.take_all());
    return send(std::span{pieces});
  }
  bool under_way() const { return under_way_ != 0; }
  /// What was taken has been sent, `count` bytes of it. Senders that wait go on when it has become little.
  void sent();
  /// Forgets all, and tells who waits.
  void fail(const net_error& why);
  /// Of what was taken, this is what has not been sent after all: it is the next to be taken. How much has been sent.
  std::size_t take_back(std::vector<bytes> unsent);
  /// Whoever waits for room goes on.
  void tell_all(const send_result& result);

  void wait(send_request& request) { waiting_.add(request); }
  void forget(send_request& request) { waiting_.forget(request); }
  std::size_t waiting() const { return waiting_.size(); }

  watermarks marks;

 private:
  /// Neighbours that are small become one piece.
  static std::vector<bytes> gathered(std::vector<bytes> pieces);

  piece_queue queue_;
  std::size_t unsent_ = 0;
  std::size_t under_way_ = 0;
  request_queue<send_request> waiting_;
};

}  // namespace dialtone::detail
