// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/slot_table.hpp>

#include <algorithm>
#include <limits>

#include <dialtone/base/assert.hpp>

namespace dialtone::detail {

std::uint32_t process_quota::draw(std::uint32_t wanted) {
  std::int64_t left = left_.load(std::memory_order_relaxed);
  std::uint32_t taken = 0;
  do {
    taken = static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 0, wanted));
  } while (taken != 0 && !left_.compare_exchange_weak(left, left - taken, std::memory_order_relaxed));
  return taken;
}

slot_table::slot_table(std::uint32_t scheduler, process_quota& quota, std::uint32_t last_generation)
    : scheduler_{scheduler},
      last_generation_{last_generation},
      quota_{quota},
      quota_kept_{quota.block == 1 ? 0 : 4 * quota.block},
      memory_{slot_limit * sizeof(process_block), chunk_slots * sizeof(process_block)},
      capacity_{static_cast<std::uint32_t>(memory_.capacity() / sizeof(process_block)) / chunk_slots * chunk_slots} {
  blocks_ = static_cast<process_block*>(memory_.begin());
}

slot_table::~slot_table() { quota_.give_back(quota_left_); }

bool slot_table::draw_quota() {
  quota_left_ = quota_.draw(quota_.block);
  return quota_left_ != 0;
}

bool slot_table::charge() {
  if (quota_left_ == 0 && !draw_quota()) return false;
  --quota_left_;
  return true;
}

// Makes sure that a slot has memory.
bool slot_table::know(std::uint32_t slot) {
  if (slot >= capacity_) return false;
  while (known_ <= slot) {
    if (!memory_.grow((known_ + chunk_slots) * sizeof(process_block))) return false;
    std::uninitialized_value_construct_n(&blocks_[known_], chunk_slots);
    known_ += chunk_slots;
  }
  return true;
}

namespace {

// Of a slot that has no process yet; the start brings the process's own limit.
void make_embryo(process_block& block) {
  block.flags = embryo;
  block.mailbox_limit = 0xffffffff;
}

}  // namespace

process_block* slot_table::allocate_fresh() {
  if (own_fresh_ == own_fresh_end_) {
    std::uint32_t start = fresh_.fetch_add(batch, std::memory_order_relaxed);
    if (start >= capacity_) {
      fresh_.store(capacity_, std::memory_order_relaxed);
      return nullptr;
    }
    own_fresh_ = start;
    own_fresh_end_ = start + batch;
  }
  if (!know(own_fresh_)) return nullptr;
  process_block& block = at(own_fresh_);
  make_embryo(block);
  --quota_left_;
  count_live(1);
  block.id.store(pid{scheduler_, own_fresh_++, 1}.value(), std::memory_order_relaxed);
  return &block;
}

void slot_table::release(process_block& block) {
  const pid last = block.self();
  block.id.store(no_process, std::memory_order_relaxed);
  make_embryo(block);
  block.reductions.store(0, std::memory_order_relaxed);
  block.bytes = 0;
  block.messages_dropped = 0;
  count_live(0xffffffff);
  if (++quota_left_ > quota_kept_) {
    const std::uint32_t surplus = quota_left_ - quota_kept_ / 2;
    quota_.give_back(surplus);
    quota_left_ -= surplus;
  }
  block.parent = last;
  if (last.generation() == last_generation_) return;  // retired: another use would repeat a pid
  block.parent = pid::from_value(last.value() + pid{0, 0, 1}.value());
  block.next = free_;
  free_ = &block;
}

namespace {

bool never_used(const process_block& block) {
  return block.id.load(std::memory_order_relaxed) == no_process && !block.parent && !block.has(zombie);
}

}  // namespace

// A pid that is not alive here may be one that another scheduler has reserved and whose start is still on its way; what
// comes for it meanwhile from third parties must wait for it.
process_block* slot_table::find_reserved(pid process) {
  std::uint32_t slot = process.slot();
  if (process.generation() != 1 || slot >= fresh_.load(std::memory_order_relaxed)) return nullptr;
  if (slot >= own_fresh_ && slot < own_fresh_end_) return nullptr;
  if (!know(slot) || !never_used(at(slot))) return nullptr;
  return &begin_embryo(process);
}

process_block& slot_table::begin_embryo(pid process) {
  process_block& block = at(process.slot());
  make_embryo(block);
  block.id.store(process.value(), std::memory_order_relaxed);
  return block;
}

bool slot_table::reserve(std::vector<pid>& cache) {
  {
    std::lock_guard lock{stock_guard_};
    std::size_t taken = std::min<std::size_t>(batch, stock_.size());
    cache.insert(cache.end(), stock_.end() - static_cast<std::ptrdiff_t>(taken), stock_.end());
    stock_.resize(stock_.size() - taken);
    stocked_.store(static_cast<std::uint32_t>(stock_.size()), std::memory_order_relaxed);
    if (taken != 0) return true;
  }
  std::uint32_t start = fresh_.fetch_add(batch, std::memory_order_relaxed);
  if (start >= capacity_) {
    fresh_.store(capacity_, std::memory_order_relaxed);
    return false;
  }
  // Put aside as many when they are free again: who starts so many at once will do so again.
  stock_target_.fetch_add(batch, std::memory_order_relaxed);
  for (std::uint32_t slot = start + batch; slot-- > start;) cache.push_back(pid{scheduler_, slot, 1});
  return true;
}

process_block& slot_table::claim(pid reserved) {
  process_block* block = find(reserved);
  DIALTONE_ASSERT(block != nullptr && block->has(embryo),
                  "a process was started with a pid that was not reserved for it");
  block->flags &= ~std::uint32_t{embryo};
  count_live(1);
  return *block;
}

void slot_table::restock() {
  if (free_ == nullptr || stocked_.load(std::memory_order_relaxed) > stock_target_.load(std::memory_order_relaxed) / 2)
    return;
  std::lock_guard lock{stock_guard_};
  // Not more at a time: others wait for the lock.
  for (std::uint32_t moved = 0; free_ != nullptr && moved < 4 * batch; ++moved) {
    process_block& block = *free_;
    free_ = block.next;
    begin_embryo(block.parent);
    stock_.push_back(block.self());
  }
  stocked_.store(static_cast<std::uint32_t>(stock_.size()), std::memory_order_relaxed);
}

}  // namespace dialtone::detail
