// SPDX-License-Identifier: Apache-2.0
// The driver over epoll(7), edge-triggered: each descriptor is registered once for both directions, so neither reading
// nor writing costs a call beside its own. For the scheduler that owns it; made by make_epoll_driver. Its limit is the
// system's: of descriptors (RLIMIT_NOFILE) and of what a user may watch (/proc/sys/fs/epoll).
#pragma once

#include <sys/epoll.h>
#include <deque>
#include <span>
#include <vector>

#include <dialtone/io/driver.hpp>
#include <dialtone/io/receive_buffers.hpp>

namespace dialtone::io {

class epoll_driver final : public driver {
 public:
  epoll_driver();
  ~epoll_driver() override;
  epoll_driver(const epoll_driver&) = delete;
  epoll_driver& operator=(const epoll_driver&) = delete;

  std::string_view name() const override { return "epoll"; }
  handle adopt(int descriptor) override;
  void close(handle closed) override;
  bool accept(handle listener, operation& waiting, result& done) override;
  bool receive(handle from, operation& waiting, result& done) override;
  bool send(handle to, bytes data, operation& waiting, result& done) override;
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
    operation* reader = nullptr;
    operation* writer = nullptr;
    bytes unsent;
  };

  handle try_adopt(int descriptor);
  source* find(handle of);
  void ready(handle of, std::uint32_t events);
  bool try_accept(source& from, result& done);
  bool try_receive(source& from, result& done);
  static bool try_send(const source& to, bytes& data, result& done);
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
