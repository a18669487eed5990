// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/chat/members.hpp>

#include <utility>

namespace dialtone::chat::detail {

std::size_t members::join(member who) {
  std::size_t place = size();
  while (!free_.empty() && place == size()) {
    if (free_.back() < size()) place = free_.back();
    free_.pop_back();
  }
  if (place == size()) {
    sockets_.emplace_back();
    entries_.emplace_back();
  }
  sockets_[place] = who.socket;
  entries_[place] = {.who = std::move(who)};
  return place;
}

void members::leave(std::size_t place) {
  sockets_[place] = {};
  entries_[place] = {};
  free_.push_back(place);
  while (!sockets_.empty() && sockets_.back() == stream::socket{}) {
    sockets_.pop_back();
    entries_.pop_back();
  }
  if (sockets_.empty()) free_.clear();
}

}  // namespace dialtone::chat::detail
