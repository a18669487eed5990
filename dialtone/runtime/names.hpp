// SPDX-License-Identifier: Apache-2.0
// The registered names of a runtime: a map from names to ids (pids as numbers), the one structure that all its
// schedulers share. Any thread may call any member at any time.
//
// Each call on one name is linearizable: of several inserts one wins, and after an erase has returned no find sees the
// entry. Names are spread over shards with a lock each, so that unrelated ones do not meet; a find takes its lock
// shared and allocates nothing. `size`, `all` and `name_of` look at one shard after the other: they are for reports.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <dialtone/runtime/light_shared_mutex.hpp>

namespace dialtone::detail {

enum class name_refusal {
  taken,
  empty,
  too_long,
  too_many,
};

/// The reason as a sentence.
std::string_view to_string(name_refusal reason);

class names {
 public:
  using id = std::uint64_t;

  /// As long as an atom of Erlang may be.
  static constexpr std::size_t name_length_limit = 255;
  /// Some 100 MB: names are for services, and who wants one per connection wants a registry.
  static constexpr std::size_t default_limit = 1'000'000;

  explicit names(std::size_t limit = default_limit) : limit_(limit) {}

  /// Refuses a name that is taken (even by the same id), empty or too long, and a new one at the limit.
  std::expected<void, name_refusal> insert(std::string name, id owner);

  std::optional<id> find(std::string_view name) const;

  /// Only if the name still belongs to `owner`; says whether it did.
  bool erase(std::string_view name, id owner);

  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  /// All names, sorted.
  std::vector<std::string> all() const;

  /// The name of `owner`, the first in alphabetical order if it has several. Takes time linear in the number of names.
  std::optional<std::string> name_of(id owner) const;

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  // A cache line for each, so that the lock of one shard does not slow down another.
  struct alignas(64) shard {
    mutable light_shared_mutex mutex;
    std::unordered_map<std::string, id, text_hash, std::equal_to<>> owners;
  };

  static constexpr std::size_t shard_count = 16;

  static std::size_t shard_of(std::string_view name);
  bool count_one_more();

  const std::size_t limit_;
  std::atomic<std::size_t> size_ = 0;
  std::array<shard, shard_count> shards_;
};

}  // namespace dialtone::detail
