// SPDX-License-Identifier: Apache-2.0
// The sending half of a datagram socket: who waits for room, in the order in which they came. Nothing is queued but the
// waiting senders, so nothing is sent for one that has gone away before its turn. What is to be cut into segments is
// cut by the kernel, many at once, or where that refuses (a segment above the MTU, a device that cannot, a Unix socket)
// sent one by one. For datagram_socket only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/net_error.hpp>
#include <dialtone/net/request_queue.hpp>

namespace dialtone::detail {

using datagram_send_result = std::expected<void, net_error>;

/// A datagram, or bytes to be cut into several, and who waits until the kernel has them.
struct datagram_send_request : queued_request<datagram_send_request> {
  datagram_send_request(io::outgoing_datagram sent, std::size_t segment_size,
                        void (*complete)(datagram_send_request&, datagram_send_result))
      : unsent{std::move(sent)}, segment_size{segment_size}, complete{complete} {}

  io::outgoing_datagram unsent;
  std::size_t segment_size;  // bytes; zero: all is one
  bool kernel_cuts = true;   // into segments
  void (*complete)(datagram_send_request&, datagram_send_result);
};

class datagram_writer {
 public:
  /// What the kernel cuts at once (UDP_MAX_SEGMENTS), and the largest sum (65,535 less the headers of IPv4 and UDP).
  static constexpr std::size_t segments_at_once = 64;
  static constexpr std::size_t bytes_at_once = 65'507;

  datagram_writer(io::driver& driver, io::handle handle) : driver_{&driver}, handle_{handle}, operation_{*this} {}
  ~datagram_writer() { stop(); }

  /// A result at once, or the request is completed later.
  std::optional<datagram_send_result> send(datagram_send_request& request);
  void forget(datagram_send_request& request);
  /// Nothing is under way then; who waits goes on waiting.
  void stop() {
    if (operation_.in_flight) driver_->cancel(operation_);
  }
  /// Stops, and tells who waits.
  void tell_all(net_error::code_type why);
  /// From now on.
  void lives_at(io::driver& driver, io::handle handle) { driver_ = &driver, handle_ = handle; }

  /// Of Unix sockets: the kernel cuts nothing there.
  void cut_here() { kernel_cuts_ = false; }
  std::size_t waiting() const { return waiting_.size(); }
  std::uint64_t sent_bytes() const { return sent_bytes_; }
  std::uint64_t sent_datagrams() const { return sent_datagrams_; }

 private:
  struct own_operation : io::operation {
    explicit own_operation(datagram_writer& self);
    datagram_writer& self;
  };

  void ended(io::result done);
  void serve();
  std::optional<datagram_send_result> go_on(datagram_send_request& request);
  io::outgoing_datagram next_part(const datagram_send_request& request);
  std::optional<datagram_send_result> sent(datagram_send_request& request, const io::result& done);

  io::driver* driver_;
  io::handle handle_;
  own_operation operation_;
  request_queue<datagram_send_request> waiting_;  // of the first a part is under way
  bool abandoned_ = false;                        // whose part is under way has gone
  bool kernel_cuts_ = true;                       // until it says that it cannot
  bool cut_by_kernel_ = false;                    // what is under way
  std::size_t part_size_ = 0;                     // of what is under way
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t sent_datagrams_ = 0;
};

}  // namespace dialtone::detail
