// SPDX-License-Identifier: Apache-2.0
// What stands behind a room: the names, which all schedulers share, and for each scheduler its members and the process
// that takes to them what is sent elsewhere. For the room chat only.
#pragma once

#include <array>
#include <atomic>
#include <string>

#include <dialtone/otp/registry.hpp>
#include <dialtone/protocols/chat/members.hpp>
#include <dialtone/protocols/chat/room.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::chat::detail {

/// Texts for the members of another scheduler. Answered when they are in the queues of all.
struct relayed {
  bytes texts;
  reply_to<void> reply;
};

/// A member with a full queue has taken nothing for too long: its socket is closed.
struct disconnected {};

class room_state {
 public:
  /// More than a runtime has.
  static constexpr std::size_t schedulers_most = 256;

  /// What is a scheduler's own, but for the two that others read.
  struct alignas(64) part {
    std::atomic<std::uint64_t> relay = 0;  // the value of a pid; 0: the room is closed
    std::atomic<std::uint32_t> present = 0;
    detail::members members;
  };

  explicit room_state(room_options given) : options{given} {}

  part& here() { return parts[self().scheduler()]; }

  const room_options options;
  registry<std::string> names;
  std::array<part, schedulers_most> parts;
};

/// The caller's place in the list of its scheduler, as long as this lives; within one process.
class membership {
 public:
  membership() = default;
  membership(const membership&) = delete;
  ~membership();
  void begin(const room& where, member who);
  std::size_t place() const { return place_; }

 private:
  room_state::part* part_ = nullptr;
  std::size_t place_ = nobody;
};

/// Puts the texts into the queues of all members of the caller's scheduler, but for the one at `except`; waits where
/// one is full.
task<> deliver_here(room where, bytes texts, std::size_t except);

/// The same to the members of all schedulers, at the same time.
task<> deliver(room where, bytes texts, std::size_t except);

}  // namespace dialtone::chat::detail
