// SPDX-License-Identifier: Apache-2.0
// The process blocks of one scheduler, by slot. The owner allocates, finds and frees without locks; other schedulers
// reserve pids for processes that they start here: from slots that the owner has put aside, or, when those are used up,
// from the slots that were never used, so that a reservation never waits for the owner.
//
// The blocks stand in one range of addresses, 2 GiB of them a scheduler, which becomes memory as it is needed: from a
// pid to its block is arithmetic and no load, which every message would have to wait for.
//
// Limits: 2^24 slots a scheduler (the pid's bits), fewer where address space is limited (ulimit -v); the runtime's
// limit of processes, through a shared quota.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <dialtone/io/reserved_memory.hpp>
#include <dialtone/runtime/process_block.hpp>

namespace dialtone::detail {

/// How many more processes a runtime may have; schedulers draw from it in blocks. Any thread.
class process_quota {
 public:
  explicit process_quota(std::uint64_t limit)
      : block{limit < exact_limit ? 1u : 256u}, left_{static_cast<std::int64_t>(limit)} {}
  /// At most `wanted`, possibly 0.
  std::uint32_t draw(std::uint32_t wanted);
  void give_back(std::uint32_t count) { left_.fetch_add(count, std::memory_order_relaxed); }

  /// A limit below it is exact; under a larger one each scheduler may keep up to some five blocks for itself.
  static constexpr std::uint64_t exact_limit = 1'000'000;
  /// How many a scheduler draws at once.
  const std::uint32_t block;

 private:
  std::atomic<std::int64_t> left_;
};

class slot_table {
 public:
  slot_table(std::uint32_t scheduler, process_quota& quota, std::uint32_t last_generation = 0xffffffff);
  ~slot_table();
  slot_table(const slot_table&) = delete;
  slot_table& operator=(const slot_table&) = delete;

  /// The live process of a pid, or null. Owner only.
  process_block* find(pid process) {
    std::uint32_t slot = process.slot();
    if (slot < known_) [[likely]] {
      process_block& block = at(slot);
      if (block.id.load(std::memory_order_relaxed) == process.value()) [[likely]]
        return &block;
    }
    return find_reserved(process);
  }

  /// A block with a new pid, an embryo, or null when a limit is reached. Owner only.
  process_block* allocate() {
    if (quota_left_ == 0 && !draw_quota()) [[unlikely]]
      return nullptr;
    process_block* block = free_;
    if (block == nullptr) [[unlikely]]
      return allocate_fresh();
    free_ = block->next;
    --quota_left_;
    count_live(1);
    block->id.store(block->parent.value(), std::memory_order_relaxed);
    return block;
  }

  /// Takes a dead process's block back; its next pid has the next generation. Owner only.
  void release(process_block& block);

  /// A pid for a process to be started here by another scheduler. Any thread; takes a lock once in 64 times through
  /// `cache`.
  bool reserve(std::vector<pid>& cache);
  /// The block of a reserved pid, when the signal that starts it arrives. Owner only.
  process_block& claim(pid reserved);
  /// Puts free slots aside for other schedulers when they have taken most of the last ones. Owner only.
  void restock();

  /// Counts one process against the runtime's limit, for a start elsewhere. Owner only.
  bool charge();

  /// Processes alive here, without those whose start is on its way. Any thread.
  std::uint32_t live() const { return live_.load(std::memory_order_relaxed); }
  /// Calls `visit` for each live process and each embryo, in the order of slots. Owner only.
  template <class Visit>
  void each(Visit visit) {
    for (std::uint32_t slot = 0; slot < known_; ++slot)
      if (process_block& block = at(slot); block.id.load(std::memory_order_relaxed) != no_process) visit(block);
  }

  static constexpr std::uint32_t chunk_slots = 256;  // 32 KiB at once: a simulated node with few processes stays small
  static constexpr std::uint32_t batch = 64;         // slots that another scheduler reserves at once
  static constexpr std::uint32_t slot_limit = 1u << pid::slot_bits;

 private:
  void count_live(std::uint32_t change) {
    live_.store(live_.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
  }
  process_block& at(std::uint32_t slot) { return blocks_[slot]; }
  process_block* find_reserved(pid process);
  process_block* allocate_fresh();
  process_block& begin_embryo(pid process);
  bool know(std::uint32_t slot);
  bool draw_quota();

  std::uint32_t scheduler_;
  std::uint32_t known_ = 0;  // slots with memory
  process_block* blocks_;
  process_block* free_ = nullptr;
  std::uint32_t quota_left_ = 0;
  std::atomic<std::uint32_t> live_{0};  // written by the owner only
  std::uint32_t last_generation_;
  std::uint32_t own_fresh_ = 0;  // never used slots that the owner has taken: [own_fresh_, own_fresh_end_)
  std::uint32_t own_fresh_end_ = 0;
  process_quota& quota_;
  const std::uint32_t quota_kept_;  // the rest goes back
  io::reserved_memory memory_;
  const std::uint32_t capacity_;  // in slots

  std::atomic<std::uint32_t> fresh_{0};  // the first slot that nobody has taken
  std::mutex stock_guard_;
  std::vector<pid> stock_;  // put aside for other schedulers
  std::atomic<std::uint32_t> stocked_{0};
  std::atomic<std::uint32_t> stock_target_{4 * batch};
};

}  // namespace dialtone::detail
