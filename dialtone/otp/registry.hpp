// SPDX-License-Identifier: Apache-2.0
// A registry: processes by key, with a value for each entry. Elixir's Registry, without a process behind it: a handle
// to a map that all schedulers of a runtime share. Copies of the handle name the same registry; it may be sent, and
// lives as long as a handle of it or an entry in it.
//
//   dt::registry<std::string, std::string> printers;              // unique keys: one process for a key
//   co_await dt::start_link<printer>({.via = printers.via("hall")}, 1);         // a process under a key from its start
//   printers.register_key("lobby", "A4");                         // the caller, until it unregisters or dies
//   if (auto found = printers.lookup("lobby")) dt::send(found->pid, job{});
//
//   dt::registry<std::string> rooms{{.keys = dt::registry_keys::duplicate}};   // any number under a key
//   rooms.register_key("lobby");
//   rooms.dispatch("lobby", line{from, text});                    // to each of them
//
// Who may call: a process registers itself and changes its own entries only; dispatch is a send of the caller. Whatever
// only looks may be called from any thread. Nothing here waits but lock. Each call on one key is linearizable across
// schedulers. An entry is gone before the `down` and the exit signals of its process leave: what is found has not
// ended, as far as anybody can have been told. What is for unique keys throws std::logic_error in a registry with
// duplicate ones. A registry is of one runtime.
//
// Keys need a std::hash and an ==, keys and values a copy: these run under the lock of a partition, so they must be
// cheap and not use the registry. Predicates and functions run without one, on copies. Where the keys are strings, the
// arguments are std::string_view.
//
// Limits: registry_options. Cost: register_key, unregister, lookup, whereis and what a death takes for an entry are
// O(1), however many others share the key; lookups of unique keys allocate nothing. What returns a vector copies it
// under the lock of the key's partition; select, one partition after the other.
#pragma once

#include <concepts>
#include <functional>
#include <variant>

#include <dialtone/base/assert.hpp>
#include <dialtone/otp/registry_index.hpp>
#include <dialtone/otp/registry_lock.hpp>
#include <dialtone/otp/registry_types.hpp>
#include <dialtone/otp/registry_via.hpp>
#include <dialtone/runtime/multicast.hpp>

namespace dialtone {

template <class Key, class Value = std::monostate>
class registry {
 public:
  using key_argument = detail::registry_key_argument<Key>;

  struct entry {
    dialtone::pid pid;
    Value value;
  };
  struct record {
    Key key;
    dialtone::pid pid;
    Value value;
  };
  struct updated {
    Value new_value;
    Value old_value;
  };

  /// Makes a registry. Throws std::invalid_argument for options that make no sense.
  explicit registry(registry_options options = {}) {
    if constexpr (detail::check_registry<Key, Value>())
      index_ = std::make_shared<detail::registry_index>(std::move(options), detail::registry_types_of<Key, Value>);
  }
  registry(const registry&) = default;
  /// A copy: no handle is ever empty, not even one that was moved from.
  registry(registry&& other) noexcept : index_{other.index_} {}  // NOLINT(performance-move-constructor-init)
  registry& operator=(const registry&) = default;

  /// Registers the caller; throws registration_refused. With duplicate keys, each call is an entry of its own.
  void register_key(key_argument key, Value value = {}) {
    auto registered = try_register_key(key, std::move(value));
    if (!registered) throw registration_refused{registered.error()};
  }
  /// As register_key, with the refusal as a value.
  std::expected<void, registration_refusal> try_register_key(key_argument key, Value value = {}) {
    return index_->insert(hash(key), &key, new detail::registry_entry_of<Value>{std::move(value)});
  }
  /// Takes back all entries of the caller under the key; how many there were.
  std::size_t unregister(key_argument key) { return index_->erase(hash(key), &key, nullptr); }
  /// Takes back the caller's entries under the key whose values the predicate takes; how many there were.
  template <std::predicate<const Value&> Predicate>
  std::size_t unregister_match(key_argument key, Predicate matches) {
    detail::registry_index::serials serials;
    for (const auto& each : detail::own_registry_values<Value>(*index_, hash(key), &key))
      if (std::invoke(matches, each.value)) serials.push_back(each.serial);
    if (serials.empty()) return 0;
    return index_->erase(hash(key), &key, &serials);
  }
  /// Unique keys: replaces the value of the caller's entry by what `function` makes of it. Empty when the caller has no
  /// such entry, or has given it up in `function`.
  template <std::invocable<const Value&> Function>
  std::optional<updated> update_value(key_argument key, Function function) {
    index_->require_unique("update_value");
    auto own = detail::own_registry_values<Value>(*index_, hash(key), &key);
    if (own.empty()) return std::nullopt;
    const auto& [serial, before] = own.front();
    Value after = std::invoke(function, before);
    Value exchanged = after;  // the old value is destroyed when the lock has been given back
    auto write = [&](detail::registry_entry& one) { std::swap(value_of(one), exchanged); };
    if (!index_->change(hash(key), &key, serial, write)) return std::nullopt;
    return updated{std::move(after), std::move(exchanged)};
  }

  /// Unique keys: the key as the name of a process that is started, which has it, with the value, before it runs; and
  /// as the name by which others reach it:
  ///     dt::via_name lobby = printers.via("lobby", "A4");
  ///     co_await dt::start_link<printer>({.via = lobby}, 1);        // the key is taken: start_error::already_started
  ///     co_await dt::named<printer>{lobby}.call(print{"hello"});    // nobody has it: noproc
  via_name via(key_argument key, Value value = {}) const {
    index_->require_unique("via");
    return via_name{std::make_shared<const detail::registry_via<Key, Value>>(*this, key, std::move(value))};
  }

  /// Unique keys: who has the key now.
  std::optional<pid> whereis(key_argument key) const {
    index_->require_unique("whereis");
    return index_->owner(hash(key), &key);
  }
  /// Unique keys: the entry of the key.
  std::optional<entry> lookup(key_argument key) const {
    index_->require_unique("lookup");
    std::optional<entry> found;
    index_->visit(hash(key), &key, [&](pid owner, const auto& one) { found.emplace(owner, value_of(one)); });
    return found;
  }
  /// All entries of a key: in the order of registration until one leaves, whose place the last one takes.
  std::vector<entry> lookup_all(key_argument key) const {
    std::vector<entry> found;
    index_->visit(hash(key), &key, [&](pid owner, const auto& one) { found.emplace_back(owner, value_of(one)); });
    return found;
  }
  /// Those of them whose values the predicate takes.
  template <std::predicate<const Value&> Predicate>
  std::vector<entry> match(key_argument key, Predicate matches) const {
    std::vector<entry> found = lookup_all(key);
    std::erase_if(found, [&](const entry& each) { return !std::invoke(matches, each.value); });
    return found;
  }

  /// Sends `message` to the process of each entry of the key: see send_all for order, full mailboxes and cost. To how
  /// many.
  template <class Message>
  std::size_t dispatch(key_argument key, Message message) const {
    const std::vector<pid> owners = index_->owners(hash(key), &key);
    if (!owners.empty()) index_->require_own_runtime();
    send_all(owners, std::move(message));
    return owners.size();
  }
  /// Calls `function` with the entries of the key, in the caller; not at all when there are none.
  template <std::invocable<std::vector<entry>> Function>
  std::size_t dispatch(key_argument key, Function function) const {
    std::vector<entry> found = lookup_all(key);
    const std::size_t count = found.size();
    if (count != 0) std::invoke(function, std::move(found));
    return count;
  }

  /// The keys of a process; one that it has registered under several times, so many times.
  std::vector<Key> keys(pid owner) const {
    std::vector<Key> found;
    index_->visit_keys(owner,
                       [&](const auto& key, std::size_t count) { found.insert(found.end(), count, key_of(key)); });
    return found;
  }
  /// The values of a process under a key, in the order of registration.
  std::vector<Value> values(key_argument key, pid owner) const {
    std::vector<Value> found;
    index_->visit_own(hash(key), &key, owner, [&](pid, const auto& one) { found.push_back(value_of(one)); });
    return found;
  }
  /// Entries of the registry. Exact when nothing changes meanwhile.
  std::size_t count() const { return index_->size(); }
  /// Entries of a key.
  std::size_t count(key_argument key) const { return index_->count(hash(key), &key); }
  template <std::predicate<const Value&> Predicate>
  std::size_t count_match(key_argument key, Predicate matches) const {
    return match(key, std::move(matches)).size();
  }

  /// What the predicate takes of all entries, as they are when their partition is looked at.
  template <std::predicate<const record&> Predicate>
  std::vector<record> select(Predicate matches) const {
    std::vector<record> found;
    for (std::size_t i = 0; i < partitions(); ++i)
      for (record& each : records(i))
        if (std::invoke(matches, std::as_const(each))) found.push_back(std::move(each));
    return found;
  }
  template <std::predicate<const record&> Predicate>
  std::size_t count_select(Predicate matches) const {
    return select(std::move(matches)).size();
  }
  std::size_t partitions() const { return index_->options().partitions; }
  /// All entries of one partition, in no particular order: for who walks over more than fits at once.
  std::vector<record> records(std::size_t partition) const {
    DIALTONE_ASSERT(partition < partitions(), "a registry's partitions are counted from 0");
    std::vector<record> found;
    index_->visit_partition(
        partition, [&](pid owner, const auto& one) { found.emplace_back(key_of(*one.key), owner, value_of(one)); });
    return found;
  }

  /// Waits until no other holds the lock of the key, and holds it as long as the result lives:
  ///     dt::registry_lock held = co_await printers.lock("lobby");
  /// Keys have locks whether somebody has registered under them or not; entries do not heed them. First come, first
  /// served. Resumed by the caller's scheduler. Who locks what it holds waits for itself.
  [[nodiscard("a lock must be awaited")]] detail::registry_lock_wait lock(key_argument key) const {
    return detail::registry_lock_wait{index_, hash(key), &key};
  }

  /// Metadata: values of any sendable type by name, up to 1,000; std::length_error past that. Any thread.
  template <class Type>
  void put_meta(std::string_view name, Type value) {
    detail::check_sendable<Type>();
    index_->meta.put(name, {&detail::message_type<Type>, std::make_shared<const Type>(std::move(value))});
  }
  /// Empty when there is none of the name, or not of this type.
  template <class Type>
  std::optional<Type> meta(std::string_view name) const {
    auto found = index_->meta.get(name);
    if (found.type != &detail::message_type<Type>) return std::nullopt;
    return *static_cast<const Type*>(found.value.get());
  }
  /// False when there was none.
  bool delete_meta(std::string_view name) { return index_->meta.erase(name); }

  friend bool operator==(const registry&, const registry&) = default;

 private:
  friend struct detail::registry_inside;
  explicit registry(detail::registry_index& index) : index_{index.shared_from_this()} {}

  static std::size_t hash(key_argument key) { return std::hash<std::remove_cvref_t<key_argument>>{}(key); }
  static const Key& key_of(const detail::registry_key& key) {
    return static_cast<const detail::registry_key_of<Key>&>(key).value;
  }
  static const Value& value_of(const detail::registry_entry& entry) {
    return static_cast<const detail::registry_entry_of<Value>&>(entry).value;
  }
  static Value& value_of(detail::registry_entry& entry) {
    return static_cast<detail::registry_entry_of<Value>&>(entry).value;
  }

  std::shared_ptr<detail::registry_index> index_;
};

}  // namespace dialtone
