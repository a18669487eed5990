// SPDX-License-Identifier: Apache-2.0
// The signals that other threads have sent to one scheduler: a lock-free queue of many producers and one consumer. A
// producer adds a whole chain with one exchange; the order of a producer's chains is kept. (The shape is Dmitry
// Vyukov's intrusive MPSC queue.)
#pragma once

#include <atomic>

#include <dialtone/runtime/signal.hpp>

namespace dialtone::detail {

class inbox {
 public:
  inbox() { stub_.next = nullptr; }
  inbox(const inbox&) = delete;
  inbox& operator=(const inbox&) = delete;

  /// Adds the chain from `first` to `last`. Any thread. Sequentially consistent, so that a producer which reads the
  /// consumer's sleep flag afterwards and a consumer which looks here after setting it cannot both miss the other.
  void push(signal* first, signal* last) {
    std::atomic_ref{last->next}.store(nullptr, std::memory_order_relaxed);
    signal* previous = last_.exchange(last, std::memory_order_seq_cst);
    std::atomic_ref{previous->next}.store(first, std::memory_order_release);
  }

  /// The oldest signal, taken out; null when there is none, or when a producer is in the middle of adding it. Consumer
  /// only.
  signal* pop() {
    signal* head = first_;
    signal* next = std::atomic_ref{head->next}.load(std::memory_order_acquire);
    if (head == &stub_) {
      if (next == nullptr) return nullptr;
      first_ = head = next;
      next = std::atomic_ref{head->next}.load(std::memory_order_acquire);
    }
    if (next == nullptr) {
      if (last_.load(std::memory_order_acquire) != head) return nullptr;
      push(&stub_, &stub_);
      next = std::atomic_ref{head->next}.load(std::memory_order_acquire);
      if (next == nullptr) return nullptr;
    }
    first_ = next;
    return head;
  }

  /// False while anything is in it, or is being added. Consumer only.
  bool empty() const { return first_ == &stub_ && last_.load(std::memory_order_seq_cst) == &stub_; }

 private:
  alignas(64) std::atomic<signal*> last_{&stub_};
  alignas(64) signal* first_ = &stub_;
  signal stub_{nullptr, {}, {}};
};

}  // namespace dialtone::detail
