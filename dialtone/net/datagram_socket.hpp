// SPDX-License-Identifier: Apache-2.0
// A datagram socket: what joins a datagram_writer and a datagram_reader to the driver and to the process that owns
// them. The same for UDP and Unix sockets. Nothing is received unless somebody waits for it, so an idle one holds no
// buffer and what is too much is dropped by the kernel. Used on its own scheduler; for the room net only.
//
// Active mode: at most `read_packets` messages in a turn, then the scheduler's others have theirs.
#pragma once

#include <dialtone/net/datagram_options.hpp>
#include <dialtone/net/datagram_reader.hpp>
#include <dialtone/net/datagram_writer.hpp>
#include <dialtone/net/flood_gate.hpp>
#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

using datagram_result = std::expected<datagram, net_error>;

/// Somebody who waits for a datagram.
struct datagram_request {
  explicit datagram_request(void (*complete)(datagram_request&, datagram_result)) : complete{complete} {}

  void (*complete)(datagram_request&, datagram_result);
};

/// The messages of an active socket.
struct datagram_messages {
  signal* (*data)(reference socket, datagram received);
  signal* (*error)(reference socket, const net_error& why);
  signal* (*passive)(reference socket);
  /// The socket that a message is from; none when it is no such message.
  reference (*teller)(const signal& message);
};

/// Bytes and datagrams so far (gen_udp's getstat).
struct datagram_statistics {
  std::uint64_t received_bytes = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_packets = 0;
};

class datagram_socket final : public any_socket {
 public:
  static constexpr kind its_kind = kind::datagram;

  datagram_socket(socket_table& home, io::driver& driver, io::handle handle, const datagram_messages& messages);
  ~datagram_socket() override;

  // A result at once, or the request is completed later.
  std::optional<datagram_result> recv(datagram_request& request);
  void forget(datagram_request& request);
  /// One that waits when the socket moves is told `elsewhere`, with what is unsent by then.
  std::optional<datagram_send_result> send(datagram_send_request& request);
  void forget(datagram_send_request& request) { writer_.forget(request); }

  std::expected<void, net_error> connect(const socket_address& peer);
  std::expected<void, net_error> set(const datagram_options& given);
  std::expected<datagram_options, net_error> options() const;
  std::expected<bytes, net_error> raw_option(int level, int name, std::size_t size) const;
  std::expected<void, net_error> set_membership(const ip_address& group, std::uint32_t interface, bool joins);
  datagram_statistics statistics() const;
  void describe(net::socket_info& info) const override;

  void go_on() override;
  bool has_told(const signal& message) const override { return messages_.teller(message) == name(); }

 private:
  struct own_operation : io::datagram_operation {
    explicit own_operation(datagram_socket& self);
    datagram_socket& self;
  };
  struct own_turn : late_work {
    explicit own_turn(datagram_socket& self);
    datagram_socket& self;
  };

  void end() override;
  void let_go() override;
  void has_left() override { writer_.tell_all(net_error::elsewhere); }
  void take_back(io::released&) override {}  // what waits is asked for again; of a sender that is gone it is lost
  void lost(io::released&, int system_code) override { lost_ = system_code; }
  std::optional<datagram_result> take();
  datagram_result received(io::result done);
  void arrived(io::result done);
  void pump();
  bool deliver(datagram_result got);

  const datagram_messages& messages_;
  datagram_reader reader_;
  datagram_writer writer_;
  datagram_request* waiting_ = nullptr;
  own_operation operation_;
  own_turn next_turn_;
  std::unique_ptr<flood_gate> gate_;  // of one that is active without end
  active active_ = active::passive;
  bool is_v6_ = false;
  bool gro_ = false;
  int lost_ = 0;  // the system's code; nothing can be sent or received any more
  std::size_t buffer_ = datagram_options::buffer_limit;
  std::size_t read_packets_ = 16;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t received_packets_ = 0;
};

}  // namespace dialtone::detail
