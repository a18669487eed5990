// SPDX-License-Identifier: Apache-2.0
// Pieces that wait to be sent, in their order. One that is alone lies in the queue itself, so an answer costs no
// allocation; more are in a vector, which is gone when they are taken. For stream_writer only.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <dialtone/base/bytes.hpp>

namespace dialtone::detail {

class piece_queue {
 public:
  /// Not an empty one.
  void add(bytes&& piece) {
    if (several_ == nullptr && only_.empty())
      only_ = std::move(piece);
    else
      several().push_back(std::move(piece));
  }
  void put_before(std::vector<bytes> pieces) {
    for (std::vector<bytes> behind = take_all(); bytes & each : behind) pieces.push_back(std::move(each));
    for (bytes& each : pieces)
      if (!each.empty()) add(std::move(each));
  }

  /// Empty when there are none, or several.
  bytes take_only() { return std::exchange(only_, {}); }
  std::vector<bytes> take_all() {
    std::vector<bytes> all;
    if (several_ != nullptr)
      all = std::move(*std::exchange(several_, nullptr));
    else if (!only_.empty())
      all.push_back(take_only());
    return all;
  }

 private:
  std::vector<bytes>& several() {
    if (several_ != nullptr) return *several_;
    several_ = std::make_unique<std::vector<bytes>>();
    several_->reserve(4);
    several_->push_back(take_only());
    return *several_;
  }

  bytes only_;
  std::unique_ptr<std::vector<bytes>> several_;  // then that one is empty
};

}  // namespace dialtone::detail
