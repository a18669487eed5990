// SPDX-License-Identifier: Apache-2.0
// The driver over epoll(7), edge-triggered: each descriptor is registered once for both directions, so neither reading
// nor writing costs a call beside its own. For the scheduler that owns it; made by make_epoll_driver. Its limit is the
// system's: of descriptors (RLIMIT_NOFILE) and of what a user may watch (/proc/sys/fs/epoll).
#pragma once

#include <sys/epoll.h>
#include <deque>
#include <span>
#include <vector>

#include <dialtone/io/kernel_driver.hpp>
#include <dialtone/io/receive_buffers.hpp>

namespace dialtone::io {

class epoll_driver final : public kernel_driver {
 public:
  epoll_driver();
  ~epoll_driver() override;
  epoll_driver(const epoll_driver&) = delete;
  epoll_driver& operator=(const epoll_driver&) = delete;

  std::string_view name() const override { return "epoll"; }
  int release(handle of) override;
  void close(handle closed) override;
  bool accept(handle listener, operation& waiting, result& done) override;
  bool connect(handle from, const socket_name& to, operation& waiting, result& done) override;
  bool receive(handle from, operation& waiting, result& done) override;
  bool send(handle to, std::span<bytes> pieces, operation& waiting, result& done) override;
  void cancel(operation& waiting) override;
  void poll(duration timeout) override;
  bool has_sources() const override { return open_count_ != 0; }
  void wake() noexcept override;

 private:
  struct source {
    int descriptor = -1;
    std::uint32_t generation = 1;
    bool readable = false;
    bool accepting = false;
    bool ended = false;
    bool connecting = false;
    operation* reader = nullptr;
    operation* writer = nullptr;
    std::vector<bytes> unsent;
    std::size_t sent = 0;  // of what is being sent

    bool is_writing() const { return connecting || writer != nullptr || !unsent.empty(); }
  };

  handle try_adopt(int descriptor) override;
  int descriptor_of(handle of) const override;
  void forget(handle of);
  source* find(handle of);
  void ready(handle of, std::uint32_t events);
  bool try_accept(source& from, result& done);
  bool try_receive(source& from, result& done);
  static bool try_send(source& to, std::span<bytes> pieces, result& done);
  static bool go_on_writing(source& to, result& done);
  static bool refused(const source* found, result& done);
  int wait_for_events(std::span<epoll_event> events, duration timeout);
  static bool wait(operation*& place, operation& waiting, handle of);
  static void finish(operation& waiting, result done);

  int epoll_;
  int wake_;
  bool precise_ = true;
  std::deque<source> sources_;  // a deque: an accept adds to it while another source is in hand
  std::vector<std::uint32_t> free_;
  std::size_t open_count_ = 0;
  receive_buffers buffers_;
};

}  // namespace dialtone::io
