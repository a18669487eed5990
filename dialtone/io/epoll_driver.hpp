// SPDX-License-Identifier: Apache-2.0
// The driver over epoll(7), edge-triggered: each descriptor is registered once for both directions, so neither reading
// nor writing costs a call beside its own. For the scheduler that owns it; made by make_epoll_driver. Its limit is the
// system's: of descriptors (RLIMIT_NOFILE) and of what a user may watch (/proc/sys/fs/epoll).
#pragma once

#include <sys/epoll.h>
#include <span>
#include <vector>

#include <dialtone/io/kernel_driver.hpp>
#include <dialtone/io/receive_buffers.hpp>
#include <dialtone/io/source_table.hpp>

namespace dialtone::io {

class epoll_driver final : public kernel_driver {
 public:
  epoll_driver();
  ~epoll_driver() override;
  epoll_driver(const epoll_driver&) = delete;
  epoll_driver& operator=(const epoll_driver&) = delete;

  std::string_view name() const override { return "epoll"; }
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

 private:
  /// Came with the descriptor, from another driver.
  struct arrival {
    bytes received;
    int error;  // behind it; 0 for none
  };
  // A cache line, which is all that a message needs; what few have is elsewhere.
  struct alignas(64) source {
    int descriptor = -1;
    std::uint32_t generation = 1;
    bool stream = false;  // its reads end where they like; others give one message each
    bool shared = false;  // as it was adopted
    bool readable = false;
    reads next_read = reads::pieces;
    bool ended = false;
    bool connecting = false;
    operation* reader = nullptr;
    operation* writer = nullptr;
    std::size_t sent = 0;  // of what is being sent
    std::unique_ptr<std::vector<bytes>> unsent;
    std::unique_ptr<outgoing_datagram> unsent_datagram;
    std::unique_ptr<arrival> arrived;

    bool is_writing() const {
      return connecting || writer != nullptr || unsent != nullptr || unsent_datagram != nullptr;
    }
  };
  static_assert(sizeof(source) == 64);

  handle try_adopt(int descriptor, bool shared) override;
  handle watch(int descriptor);
  void put_received(handle of, bytes received, int error) override;
  int descriptor_of(handle of) const override;
  void ready(handle of, std::uint32_t events);
  void ready_to_write(handle of);
  bool try_read(source& from, result& done);
  bool try_accept(source& from, result& done);
  bool try_receive(source& from, result& done);
  static void take_arrived(source& from, result& done);
  static bool try_send(source& to, std::span<bytes> pieces, result& done);
  static bool go_on_writing(source& to, result& done);
  int wait_for_events(std::span<epoll_event> events, duration timeout);

  int epoll_;
  int wake_;
  bool precise_ = true;
  source_table<source> sources_;
  receive_buffers buffers_;
};

}  // namespace dialtone::io
