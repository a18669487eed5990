// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/received_queue.hpp>

#include <string>
#include <utility>

namespace dialtone::io {

void received_queue::add(bytes piece) {
  cost_ += cost_of(piece);
  if (count() == 0) {
    first_ = std::move(piece);
    return;
  }
  if (!others_) others_ = std::make_unique<others>();
  others_->pieces.push_back(std::move(piece));
}

bool received_queue::take(result& done) {
  if (count() != 0) {
    done = {.data = count() == 1 ? pop() : join(joined_size)};
    return true;
  }
  if (!has_ended()) return false;
  done = {.error = std::exchange(end_, not_ended)};
  return true;
}

bytes received_queue::take_all() { return count() < 2 ? pop() : join(std::string::npos); }

bytes received_queue::pop() {
  bytes popped = std::exchange(first_, {});
  cost_ -= popped.empty() ? 0 : cost_of(popped);
  if (!others_) return popped;
  auto& [pieces, next] = *others_;
  if (next < pieces.size()) first_ = std::move(pieces[next++]);
  if (next == pieces.size()) {
    pieces.clear();
    next = 0;
    if (pieces.capacity() > 64) others_.reset();
  }
  return popped;
}

bytes received_queue::join(std::size_t most) {
  bytes joined = pop();
  if (joined.size() + first_.size() > most) return joined;
  std::string text{joined.view()};
  while (!first_.empty() && text.size() + first_.size() <= most) text += pop().view();
  return bytes{std::move(text)};
}

}  // namespace dialtone::io
