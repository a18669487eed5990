// SPDX-License-Identifier: Apache-2.0
// A connection: what joins a stream_reader and a stream_writer to the driver and to the process that owns them. The
// same for TCP and Unix sockets. Used on its own scheduler; for the room net only.
#pragma once

#include <dialtone/net/flood_gate.hpp>
#include <dialtone/net/kept_error.hpp>
#include <dialtone/net/socket_options.hpp>
#include <dialtone/net/socket_table.hpp>
#include <dialtone/net/stream_reader.hpp>
#include <dialtone/net/stream_writer.hpp>

namespace dialtone {

/// read, write, both: the halves of a connection.
using shutdown_how = io::shutdown_how;

}  // namespace dialtone

namespace dialtone::detail {

// The messages of an active socket; stream.cpp makes them, whose types they are.
signal* data_message(reference socket, bytes data);
signal* http_message(reference socket, http_packet packet);
signal* closed_message(reference socket);
signal* error_message(reference socket, const net_error& why);
signal* passive_message(reference socket);
/// The socket that a message is from; none when it is no such message.
reference teller_of(const signal& message);

/// What has moved so far (gen_tcp's getstat): of each direction the bytes, and how many pieces they were, which are
/// what one read brought, or one send was given, with its header.
struct stream_statistics {
  std::uint64_t received_bytes = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t sent_bytes = 0;        ///< that the kernel has taken
  std::uint64_t sent_packets = 0;      ///< with those that it has not taken yet; without those that wait for room
  std::uint32_t received_largest = 0;  ///< bytes
  std::uint32_t sent_largest = 0;      ///< bytes; 2 GiB when it was more
  std::size_t send_pending = 0;        ///< bytes that the kernel has not taken yet

  /// Bytes a piece; 0 before the first.
  double received_average() const;
  double sent_average() const;
};

// The operations of a connection, as bases: there is one of it for each connection, and each member that points to it
// would cost it 8 bytes.
struct stream_read : io::operation {
  using operation::operation;
};
struct stream_write : io::operation {
  using operation::operation;
};

class stream_socket final : public any_socket, private stream_read, private stream_write, private late_work {
 public:
  /// How long a socket that was closed goes on sending; then the connection is reset. The default.
  static constexpr duration linger_limit = std::chrono::seconds{5};
  /// What the option linger may be at most.
  static constexpr duration linger_most = std::chrono::hours{24};
  static constexpr kind its_kind = kind::stream;
  /// Reads, of up to 64 KiB each, and messages to the owner that follow each other; then others run before it goes on.
  static constexpr std::size_t reads_in_turn = 16;
  static constexpr std::size_t messages_in_turn = 128;

  stream_socket(socket_table& home, io::driver& driver, io::handle handle);
  ~stream_socket() override;

  // A result at once, or the request is completed later.
  void recv(recv_request& request);
  void forget(recv_request& request);
  bool send(send_request& request, std::optional<send_result>& told);
  void forget(send_request& request) { writer_.forget(request); }
  /// What a send says that waits and whose time is up. May destroy the socket (send_timeout_close).
  net_error give_up(send_request& request);

  std::expected<void, net_error> unrecv(bytes data);
  /// Sends what is unsent first.
  std::expected<void, net_error> shut_down(shutdown_how how);
  std::expected<void, net_error> set(const socket_options& given);
  std::expected<socket_options, net_error> options() const;
  /// Whether what is sent gets a length in front.
  bool frames_packets() const;
  duration send_timeout() const { return send_timeout_; }
  std::expected<bytes, net_error> raw_option(int level, int name, std::size_t size) const;
  stream_statistics statistics() const;
  void describe(net::socket_info& info) const override;

  void go_on() override;
  bool has_told(const signal& message) const override { return teller_of(message) == name(); }

 private:
  void end() override;
  void let_go() override;
  void has_left() override { writer_.tell_outside({net_operation::send, net_error::elsewhere}); }
  void take_back(io::released& kernel) override;
  void lost(io::released& kernel, int system_code) override;

  // --- receiving ---
  stream_read& reading() { return *this; }
  /// Whether there is a result.
  bool take(recv_request& request);
  bool take_held(recv_request& request);
  /// Who waits is told that.
  void refuse(net_error::code_type why);
  bool read_some();
  void count_received(std::size_t size);
  void arrived(io::result&& done);
  void read(io::result&& done);
  void read_on_later();
  void serve();
  void serve_recv();
  bool pump();
  enum class delivery : std::uint8_t { told, nothing, gone };
  /// A message with what has arrived, and how many bytes that were.
  struct packet_message {
    signal* message;
    std::size_t size;
  };
  std::optional<std::expected<packet_message, net_error>> next_message();
  delivery deliver_next();
  bool count_down(std::size_t size);
  void end_if_nothing_follows();

  void work_late();

  // --- sending ---
  stream_write& writing() { return *this; }
  void flush();
  void written(const io::result& done);
  std::size_t sent_so_far() const { return writer_.under_way() ? driver().sent_so_far(handle_) : 0; }
  void finish_writing();
  std::expected<void, net_error> shut_down_write();
  /// The connection, and destroys the socket.
  void reset();

  static constexpr std::uint32_t in_milliseconds(duration time) {
    return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
  }

  /// Ends the wait for a peer that does not take what was sent before the close.
  struct linger_timer : timer_node {
    explicit linger_timer(stream_socket& self);
    ~linger_timer();
    stream_socket& self;
  };

  // In the order that leaves no gaps: there is one of it for each connection.
  bool exit_on_close_ : 1 = true;
  bool show_econnreset_ : 1 = true;
  bool send_timeout_close_ : 1 = false;
  bool end_told_ : 1 = false;   // to the owner, by a message
  bool shutting_down_ = false;  // for writing, when all is sent
  bool has_ended_ = false;      // for everything, when all is sent
  bool reads_later_ = false;    // in the turn behind paused_
  std::uint32_t linger_time_ = in_milliseconds(linger_limit);
  stream_reader reader_;
  [[no_unique_address]] stream_writer writer_;  // the next member lies in its padding
  std::uint32_t last_flush_ = 0;                // the turn, of which the lower half of the number; so is paused_
  recv_request* waiting_ = nullptr;
  std::unique_ptr<linger_timer> linger_;
  std::unique_ptr<flood_gate> gate_;  // of one that is active without end
  kept_error write_error_;
  active active_ = active::passive;
  duration send_timeout_ = duration::max();
  std::uint32_t paused_ = 0;
  // As stream_statistics has them.
  std::uint32_t received_largest_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t received_packets_ = 0;
};

}  // namespace dialtone::detail
