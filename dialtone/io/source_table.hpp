// SPDX-License-Identifier: Apache-2.0
// The sockets of a driver by their handles. A slot is used again, under its next generation. For one driver, on its
// thread. `Source` is default constructible and has a `descriptor`, negative when the slot is free, and a `generation`.
// Sources stay where they are while others are added.
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <dialtone/io/driver.hpp>

namespace dialtone::io {

/// An operation that cannot begin: of a handle that was closed (null), or the second of its kind.
inline bool refused(const void* source, result& done) {
  done = {.error = source == nullptr ? EBADF : EALREADY};
  return true;
}
/// Puts it where the result will be looked for.
inline bool wait(operation*& place, operation& waiting, handle of) {
  waiting.of = of;
  waiting.in_flight = true;
  place = &waiting;
  return false;
}

template <class Source>
class source_table {
 public:
  handle add(int descriptor) {
    if (free_.empty()) {
      if (size_ % block_size == 0) blocks_.push_back(std::make_unique<block>());
      free_.push_back(size_++);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    at(slot).descriptor = descriptor;
    return {slot, at(slot).generation};
  }
  void remove(handle of) {
    Source& removed = at(of.slot);
    const std::uint32_t generation = removed.generation + 1;
    removed = Source{};
    removed.generation = generation == 0 ? 1 : generation;  // 0 is no handle
    free_.push_back(of.slot);
  }
  /// Null for a handle that was closed.
  Source* find(handle of) { return const_cast<Source*>(std::as_const(*this).find(of)); }
  const Source* find(handle of) const {
    if (of.slot >= size_) return nullptr;
    const Source& found = at(of.slot);
    return found.generation == of.generation && found.descriptor >= 0 ? &found : nullptr;
  }
  /// What is open in a slot; null for nothing.
  Source* open_in(std::uint32_t slot) {
    if (slot >= size_) return nullptr;
    Source& found = at(slot);
    return found.descriptor >= 0 ? &found : nullptr;
  }
  /// Of many, the next one is seldom in the cache.
  void prefetch(std::uint32_t slot) const {
    if (slot < size_) __builtin_prefetch(&at(slot));
  }
  /// Of sources with a `reader` and a `writer`: whoever waits is forgotten (driver::cancel).
  void cancel(operation& waiting) {
    if (!waiting.in_flight) return;
    waiting.in_flight = false;
    Source& source = at(waiting.of.slot);  // also of one that is ending
    if (source.reader == &waiting) source.reader = nullptr;
    if (source.writer == &waiting) source.writer = nullptr;
  }
  /// The source is found no more, and who waits is told by `tell(operation&, result&&)`. The slot is free when both
  /// know: until then the reader, when it is told, may cancel the writer.
  template <class Tell>
  void end(handle of, Tell tell) {
    Source& ending = at(of.slot);
    ending.descriptor = -1;
    if (operation* reader = std::exchange(ending.reader, nullptr)) tell(*reader, result{.error = EBADF});
    if (operation* writer = std::exchange(ending.writer, nullptr))
      tell(*writer, result{.error = EBADF, .sent = ending.sent});
    remove(of);
  }
  /// Calls `visit` with each source that is open, and its handle.
  template <class Visit>
  void each(Visit visit) {
    for (std::uint32_t slot = 0; slot < size_; ++slot)
      if (at(slot).descriptor >= 0) visit(at(slot), handle{slot, at(slot).generation});
  }
  std::size_t count() const { return size_ - free_.size(); }

 private:
  // Every message looks for its source a few times: in a std::deque that takes three times as long.
  static constexpr std::uint32_t block_size = 64;
  using block = std::array<Source, block_size>;

  Source& at(std::uint32_t slot) { return (*blocks_[slot / block_size])[slot % block_size]; }
  const Source& at(std::uint32_t slot) const { return (*blocks_[slot / block_size])[slot % block_size]; }

  std::vector<std::unique_ptr<block>> blocks_;
  std::uint32_t size_ = 0;
  std::vector<std::uint32_t> free_;
};

}  // namespace dialtone::io
