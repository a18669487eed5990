// SPDX-License-Identifier: Apache-2.0
// A listener that finds the system without descriptors (EMFILE, ENFILE) or memory (ENOBUFS, ENOMEM) waits and tries
// again: an error would end most servers at the worst time, and an attempt at once would be the same. What comes
// meanwhile stays in the kernel's backlog. The first failure is logged, and told by an event; so is the end. For
// listen_socket only.
#pragma once

#include <functional>

#include <dialtone/net/net_error.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone::detail {

class accept_pause : timer_node {
 public:
  /// Doubled with each failure: a socket that closes is a descriptor, so it is mostly over soon.
  static constexpr duration first = std::chrono::milliseconds{10};
  /// Five attempts a second cost nothing.
  static constexpr duration longest = std::chrono::milliseconds{200};

  /// Whose listener it is, for the reports.
  struct place {
    pid owner;
    socket_address address;
  };

  explicit accept_pause(std::function<void()> try_again) : timer_node{&time_is_up}, try_again_{std::move(try_again)} {}

  static bool is_shortage(int system_code);

  bool is_on() const { return is_set(); }
  /// After a failed attempt.
  void begin(scheduler& home, int system_code, const place& where);
  /// After one that went well. No-op when there was no failure.
  void end(scheduler& home, const place& where);
  /// Forgets it: try_again is not called.
  void stop(scheduler& home);
  bool has_failed() const { return attempts_ != 0; }

 private:
  static void time_is_up(timer_node& node) { static_cast<accept_pause&>(node).try_again_(); }

  std::function<void()> try_again_;
  std::uint64_t attempts_ = 0;  // that have failed, one after the other
  time_point since_{};
};

}  // namespace dialtone::detail
