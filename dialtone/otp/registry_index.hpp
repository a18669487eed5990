// SPDX-License-Identifier: Apache-2.0
// What is behind a registry, without its types: who has registered under which key, found by key and by process. The
// one structure that schedulers share beside names. Any thread may look; a process changes its own entries only, on its
// own scheduler.
//
// Keys are spread over partitions with a lock each, processes over as many others; a change takes one of either kind,
// in this order, so each call on one key is linearizable. No lock is held while something is sent or destroyed, or a
// predicate is asked. A process owns all its entries by one member object, which goes with it when it dies. Each entry
// knows its place in the list of its key, and the last one moves into the gap: to join and to leave a key costs the
// same however many others are there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include <dialtone/otp/registry_lock.hpp>
#include <dialtone/otp/registry_meta.hpp>
#include <dialtone/otp/registry_options.hpp>
#include <dialtone/runtime/signal.hpp>

namespace dialtone::detail {

struct registry_entry;
struct registry_member;
struct runtime_state;
class registry_index;

struct registry_place {
  pid owner;
  registry_entry* entry = nullptr;
};

/// The entries of one key. The first stands here and not on the heap: a unique key has no other, and a look at it has
/// one cache line less to wait for.
class registry_places {
 public:
  std::size_t size() const { return first_.entry == nullptr ? 0 : 1 + others_.size(); }
  bool empty() const { return first_.entry == nullptr; }
  const registry_place& front() const { return first_; }
  template <class Visitor>
  void visit(Visitor&& see) const {
    if (empty()) return;
    see(first_);
    for (const registry_place& each : others_) see(each);
  }
  /// For one more, so that add does not throw. How many entries it has moved.
  std::size_t make_room();
  void add(registry_place added);
  /// Puts the last entry into its place, and tells that one. How many entries it has moved beside.
  std::size_t take(std::size_t place);

 private:
  registry_place& at(std::size_t place) { return place == 0 ? first_ : others_[place - 1]; }

  registry_place first_;
  std::vector<registry_place> others_;
};

/// A key that somebody has registered under; the key itself follows in the typed part.
struct registry_key {
  std::size_t hash = 0;
  registry_key* next = nullptr;  // in its bucket
  registry_places places;
};

/// One registration; its value follows in the typed part.
struct registry_entry {
  registry_key* key = nullptr;
  registry_entry* next_own = nullptr;  // of the same process under the same key, in the order of registration
  std::uint64_t serial = 0;            // grows with each registration under a key, and is never used again
  std::size_t place = 0;               // in the key's list
};

/// What the index has to know of the types.
struct registry_types {
  bool (*same)(const registry_key& known, const void* key);
  bool (*equal)(const registry_key& left, const registry_key& right);
  registry_key* (*make_key)(const void* key);
  void (*destroy_key)(registry_key* key) noexcept;
  void (*destroy_entry)(registry_entry* entry) noexcept;
  signal* (*registered)(registry_index& from, pid owner, const registry_entry& entry);
  signal* (*unregistered)(registry_index& from, pid owner, const registry_entry& entry);
};

/// A function that is called during a call.
template <class... Arguments>
class registry_visitor {
 public:
  template <class Function>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, registry_visitor>)
  registry_visitor(Function&& function)  // NOLINT(google-explicit-constructor)
      : context_{&function}, call_{[](void* context, Arguments... arguments) {
          (*static_cast<std::remove_reference_t<Function>*>(context))(arguments...);
        }} {}
  void operator()(Arguments... arguments) const { call_(context_, arguments...); }

 private:
  void* context_;
  void (*call_)(void*, Arguments...);
};

class registry_index : public std::enable_shared_from_this<registry_index> {
 public:
  using visitor = registry_visitor<pid, const registry_entry&>;
  using key_visitor = registry_visitor<const registry_key&, std::size_t>;
  using changer = registry_visitor<registry_entry&>;
  using serials = std::vector<std::uint64_t>;

  registry_index(registry_options options, const registry_types& types);
  ~registry_index();

  // A process changes what is its own.
  /// Takes `made` in any case.
  std::expected<void, registration_refusal> insert(std::size_t hash, const void* key, registry_entry* made);
  /// Removes the caller's entries under a key, all or those with the given serials, which are sorted. How many.
  std::size_t erase(std::size_t hash, const void* key, const serials* only);
  /// Unique keys: lets `write` change the caller's entry if it has this serial; says whether it has.
  bool change(std::size_t hash, const void* key, std::uint64_t serial, changer write);

  // Anybody looks. Visitors run under a lock: they copy, and do nothing else.
  std::optional<pid> owner(std::size_t hash, const void* key) const;
  std::vector<pid> owners(std::size_t hash, const void* key) const;
  std::size_t count(std::size_t hash, const void* key) const;
  void visit(std::size_t hash, const void* key, visitor visit) const;
  void visit_own(std::size_t hash, const void* key, pid owner, visitor visit) const;
  /// With the number of entries under each key, in no particular order.
  void visit_keys(pid owner, key_visitor visit) const;
  void visit_partition(std::size_t partition, visitor visit) const;

  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  const registry_options& options() const { return options_; }
  /// Asserts that no other runtime uses it.
  void belong_to(const runtime_state& here);
  /// Asserts that the calling process, if it is one, may send to the owners it has found.
  void require_own_runtime() const;
  /// Throws std::logic_error in a registry with duplicate keys.
  void require_unique(const char* function) const {
    if (options_.keys != registry_keys::unique) [[unlikely]]
      refuse_duplicates(function);
  }
  /// Steps along chains and entries moved, by all changes so far: the work that must not grow with the entries.
  std::uint64_t work() const;

  const registry_types& types() const { return types_; }

  registry_meta meta;
  registry_locks locks;

 private:
  friend struct registry_member;
  struct key_partition;
  struct member_partition;
  struct signal_owner {
    void operator()(signal* unsent) const noexcept { destroy(unsent); }
  };
  using news = std::vector<std::unique_ptr<signal, signal_owner>>;
  /// What is left to do when no lock is held.
  struct removal {
    registry_entry* first;
    news told;
  };

  [[noreturn]] static void refuse_duplicates(const char* function);
  key_partition& partition_of(std::size_t mixed) const;
  member_partition& members_beside(pid owner) const;
  registry_member* member_of(pid owner) const;
  registry_key* find(const key_partition& home, std::size_t mixed, const void* key, std::uint64_t& steps) const;
  registry_key* find_own(std::size_t mixed, const void* key, const registry_member& member) const;

  std::expected<void, registration_refusal> link(std::size_t mixed, const void* key, registry_member& member,
                                                 registry_entry& made);
  void join(registry_member& member, registry_key& key, registry_entry& made);
  void announce(registry_member& member, const registry_entry& entered, serials it);
  static void end_if_empty(registry_member& member);
  removal remove(registry_member& member, registry_key& key, const serials* only);
  registry_entry* unlink(registry_member& member, registry_key& key, const serials* only);
  registry_entry* take_own(registry_member& member, registry_key& key, const serials* only);
  std::size_t finish(removal done);
  bool count_one_more();
  news news_of(signal* (*make)(registry_index&, pid, const registry_entry&), pid owner, const registry_entry& first,
               const serials* only);
  static void tell(news& told);

  const registry_options options_;
  const registry_types& types_;
  const std::unique_ptr<key_partition[]> keys_;
  const std::unique_ptr<member_partition[]> members_;
  std::atomic<std::size_t> size_ = 0;
  std::atomic<const runtime_state*> home_ = nullptr;  // compared, never followed
};

}  // namespace dialtone::detail
