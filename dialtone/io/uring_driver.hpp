// SPDX-License-Identifier: Apache-2.0
// The driver over io_uring(7). A stream that was waited for once stays armed (a multishot receive into the ring's
// buffers), so a message costs no system call to receive; what comes for nobody is kept, up to a limit, until it is
// asked for. Where many are busy, what is sent to streams leaves together with the next poll: one call a turn for all.
// Accepts, connects, datagrams and large sends wait for readiness and then call: no connection is taken that nobody has
// asked for, and a large send moves what it can at once.
//
// Requests hold their file, so closing takes them back first and waits until the kernel has let go.
//
// For the scheduler that owns it; made by make_uring_driver. Its first poll binds it to the thread, until hand_over.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <dialtone/io/kernel_driver.hpp>
#include <dialtone/io/receive_buffers.hpp>
#include <dialtone/io/received_queue.hpp>
#include <dialtone/io/source_table.hpp>
#include <dialtone/io/uring_buffers.hpp>
#include <dialtone/io/uring_ring.hpp>

namespace dialtone::io {

class uring_driver final : public kernel_driver {
 public:
  /// What one socket may hold of data that nobody has asked for (bytes): as much as an eager sender has in flight over
  /// a fast local network. When it is reached the socket is left alone until it is read. One batch of completions,
  /// at most all buffers of the ring, may go beyond it.
  static constexpr std::size_t unread_limit = 256 * 1024;

  /// Up to here (bytes) pieces are joined by copying and leave through the ring; one that is alone does up to the
  /// second. More is sent by a direct call, which gathers, and waits for readiness when there is no more room.
  static constexpr std::size_t joined_limit = 4 * 1024;
  static constexpr std::size_t ring_limit = 256 * 1024;

  explicit uring_driver(const uring_options& options = {});
  ~uring_driver() override;
  uring_driver(const uring_driver&) = delete;
  uring_driver& operator=(const uring_driver&) = delete;

  std::string_view name() const override { return "io_uring"; }
  int shutdown(handle of, shutdown_how how) override;
  released release(handle of) override;
  void close(handle closed) override;
  bool accept(handle listener, operation& waiting, result& done) override;
  bool connect(handle from, const socket_name& to, operation& waiting, result& done) override;
  bool receive(handle from, operation& waiting, result& done) override;
  bool send(handle to, std::span<bytes> pieces, operation& waiting, result& done) override;
  std::size_t sent_so_far(handle of) const override;
  bool receive_datagram(handle from, datagram_operation& waiting, result& done) override;
  bool send_datagram(handle from, const outgoing_datagram& sent, operation& waiting, result& done) override;
  void cancel(operation& waiting) override;
  void poll(duration timeout) override;
  bool has_sources() const override { return sources_.count() != 0; }
  void wake() noexcept override;
  void hand_over() override;

  /// What the kernel could do, for the log.
  std::string features();
  /// Whether a receive of `of` goes through the ring's buffers: armed, and not by readiness.
  bool receives_ahead(handle of) const;

 private:
  // Requests of a source; each is in flight at most once. Also what a completion is of.
  enum class request : std::uint8_t { receive = 1, readable = 2, writable = 4, send = 8, cancel = 16, wake = 32 };

  struct source {
    int descriptor = -1;
    std::uint32_t generation = 1;
    std::uint8_t in_flight = 0;  // requests
    bool ahead = false;          // a stream, which the ring receives from; others wait for readiness
    bool stopping = false;       // its receive is being cancelled
    bool listed = false;         // in ready_
    bool shared = false;         // with other programs, perhaps: told to the next driver
    reads next_read = reads::pieces;
    bool connecting = false;
    operation* reader = nullptr;
    operation* writer = nullptr;
    received_queue received;
    int send_error = 0;                          // of the ring
    bytes sending;                               // by the ring
    std::unique_ptr<std::vector<bytes>> unsent;  // by calls
    std::size_t sent = 0;                        // of what is being sent
    std::unique_ptr<outgoing_datagram> unsent_datagram;

    bool has(request kind) const { return (in_flight & static_cast<std::uint8_t>(kind)) != 0; }
    bool is_writing() const {
      return connecting || writer != nullptr || unsent != nullptr || !sending.empty() || unsent_datagram != nullptr;
    }
    bool awaits_room() const { return has(request::writable) || has(request::send); }
  };
  static_assert(sizeof(source) == 128);  // each connection has one
  struct engine {
    explicit engine(const uring_options& options);
    std::optional<uring_buffers> buffers;  // outlives the ring, and is never without
    uring_ring ring;
  };

  handle try_adopt(int descriptor, bool shared) override;
  void put_received(handle of, bytes received, int error) override;
  int descriptor_of(handle of) const override;

  // Requests.
  engine& running();
  void begin_wakes();
  io_uring_sqe& begin(source& of, handle name, request kind, std::uint8_t operation);
  void arm_receive(source& from, handle name);
  void arm_send(source& to, handle name);
  void arm_poll(source& of, handle name, request kind, std::uint32_t events);
  void take_back(handle name, request kind);
  void take_back_all(const source& of, handle name);
  void settle(handle of);

  // Completions: absorbed at any time, told to those who wait from within poll. There the usual ones are passed on at
  // once: the piece that somebody waits for, the end of a send.
  bool pass_on(const io_uring_cqe& done);
  bool pass_on_received(source& from, const io_uring_cqe& done);
  bool pass_on_sent(source& to, const io_uring_cqe& done);
  bytes piece_of(const io_uring_cqe& done);
  void absorb_all();
  void absorb(const io_uring_cqe& done);
  void absorb_received(source& from, handle name, const io_uring_cqe& done, bytes piece);
  void absorb_sent(source& to, handle name, int result);
  void list(source& ready, handle name);
  void go_on(handle of);
  bool go_on_reading(source& from, handle name, result& done);
  bool go_on_writing(source& to, handle name, result& done);

  bool try_read(source& from, result& done);
  bool try_accept(source& from, result& done);
  bool try_receive(source& from, result& done);
  bool put_together(source& to, std::span<bytes> pieces);
  static bool try_send(source& to, std::span<bytes> pieces, result& done);

  uring_options options_;
  int wake_;
  std::unique_ptr<engine> engine_;
  bool hears_wakes_ = false;
  std::size_t in_flight_ = 0;  // requests of sources
  source_table<source> sources_;
  std::vector<handle> ready_;
  std::size_t last_ready_ = 0;  // how many the last poll has told
  receive_buffers buffers_;
};

}  // namespace dialtone::io
