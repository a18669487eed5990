// SPDX-License-Identifier: Apache-2.0
// A chat room: what the connections of a chat server share. A small value, sendable; copies name the same room. It is
// open while its child runs:
//
//   dt::chat::room lobby{{.queue_limit = 1 << 20}};
//   co_await dt::start_supervisor_link({.strategy = dt::supervisor_strategy::rest_for_one,
//                                       .children = {dt::child("room", lobby), ...whoever accepts connections}});
//   accepted->controlling_process(dt::spawn(dt::chat::serve, *accepted, lobby));             // server.hpp
//
// What is guaranteed:
// - A name is one member's at a time, in all of the runtime. It is free when the member's connection has ended.
// - A text goes to everybody who was a member when it was sent and still is, but not to its sender; to who joins or
//   leaves meanwhile, perhaps. It is encoded once, and all share the bytes.
// - The texts of one sender come to each member in the order in which they were sent. Of two senders, nothing is said.
// - Each member's queue has a limit in bytes, `queue_limit`; there is at most the limit and one batch of a sender more
//   (64 KiB and a message). Whoever meets a full queue is read no more until half of it or less is left; nobody's
//   texts are dropped. A member that takes nothing for `stopped_after`, while somebody waits for it, is disconnected:
//   its queue is dropped, the connection reset, and a line of the log says so. So one that has stopped holds the others
//   up once, for that long (within 10 ms), and one that goes on taking is never disconnected. What a member takes is
//   what the system takes for it: with large buffers there (SO_SNDBUF), a slow reader seems to take nothing for a
//   while.
// - What a peer does wrong ends its connection alone.
//
// A member lives on the scheduler of its connection. A text crosses to another scheduler once, however many members are
// there, and its sender waits until all have it in their queues.
#pragma once

#include <memory>
#include <string>

#include <dialtone/otp/child_spec.hpp>
#include <dialtone/protocols/chat/protocol.hpp>

namespace dialtone::chat {

struct room_options {
  /// Bytes that wait for one member, at least 1: enough for a burst, and some hundred stopped members are a gigabyte.
  std::size_t queue_limit = std::size_t{8} * 1024 * 1024;
  /// How long a member with a full queue may take nothing.
  duration stopped_after = std::chrono::milliseconds{500};
  /// Of names and contents; by default what the format can say.
  decode_limits limits = {};
};

namespace detail {
class room_state;
}

class room {
 public:
  explicit room(room_options options = {});

  /// Who has the name now. From any thread.
  std::optional<pid> whereis(std::string_view name) const;
  /// How many members there are, about: they come and go meanwhile. From any thread.
  std::size_t size() const;
  friend bool operator==(const room&, const room&) = default;

  /// For the room chat only.
  detail::room_state& state() const { return *state_; }

 private:
  std::shared_ptr<detail::room_state> state_;
};

}  // namespace dialtone::chat

namespace dialtone {

/// What keeps the room open: a process, and one for each scheduler. Connections that have begun while it ran end with
/// it, for its reason; the handle stays good for the next start. One child at a time for a room.
child_spec child(std::string id, const chat::room& room);

template <>
inline constexpr bool enable_sendable<chat::room> = true;

}  // namespace dialtone
