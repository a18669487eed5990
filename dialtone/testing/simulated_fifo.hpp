// SPDX-License-Identifier: Apache-2.0
// What waits in order: taken at the front, added at the back. A std::deque holds half a kilobyte when it is empty; a
// simulation has hundreds of thousands of these, nearly all of them empty. For simulated_network.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace dialtone::testing::simulated {

template <class T>
class simulated_fifo {
 public:
  bool empty() const { return first_ == items_.size(); }
  std::size_t size() const { return items_.size() - first_; }
  T& front() { return items_[first_]; }
  std::span<T> all() { return std::span{items_}.subspan(first_); }
  void push(T added) {
    if (items_.size() == items_.capacity() && first_ >= items_.size() / 2 && first_ != 0) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    items_.push_back(std::move(added));
  }
  T pop() {
    T taken = std::move(items_[first_++]);
    if (empty()) clear();
    return taken;
  }
  void clear() {
    if (items_.capacity() > kept_capacity) items_ = {};
    items_.clear();
    first_ = 0;
  }
  template <class Condition>
  void erase_if(Condition condition) {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
    std::erase_if(items_, condition);
  }

 private:
  static constexpr std::size_t kept_capacity = 16;

  std::vector<T> items_;
  std::size_t first_ = 0;
};

}  // namespace dialtone::testing::simulated
