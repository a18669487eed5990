// SPDX-License-Identifier: Apache-2.0
// The members of a room on one scheduler, and how a batch of texts goes to each of them. For the room chat only, and
// for the processes of that scheduler only: there is no lock.
//
// A member has a place as long as it is one; a place that was left is given to who comes next. So who goes through the
// places may wait in between, while members come and go, and meets each that stays exactly once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <dialtone/net/stream.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone::chat::detail {

inline constexpr std::size_t nobody = static_cast<std::size_t>(-1);

struct member {
  stream::socket socket;  // none: the place is free
  pid connection = {};
  std::string name = {};  // with the address, for the log
};

class members {
 public:
  std::size_t join(member who);
  void leave(std::size_t place);

  /// Places, free ones among them.
  std::size_t size() const { return sockets_.size(); }
  /// None of a free place.
  stream::socket socket_at(std::size_t place) const { return sockets_[place]; }
  const member& at(std::size_t place) const { return entries_[place].who; }
  /// Whether the one with this socket is still there.
  bool has(std::size_t place, stream::socket socket) const {
    return place < sockets_.size() && sockets_[place] == socket;
  }

  /// Senders that wait for room in the member's queue.
  std::size_t& waiting_at(std::size_t place) { return entries_[place].waiting; }
  /// Whether somebody watches it meanwhile.
  bool& watched_at(std::size_t place) { return entries_[place].watched; }

 private:
  struct entry {
    member who;
    std::size_t waiting = 0;
    bool watched = false;
  };

  std::vector<stream::socket> sockets_;  // apart: a broadcast reads nothing else
  std::vector<entry> entries_;
  std::vector<std::size_t> free_;  // places; some may be beyond the end by now
};

}  // namespace dialtone::chat::detail
