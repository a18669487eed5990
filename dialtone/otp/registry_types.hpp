// SPDX-License-Identifier: Apache-2.0
// The typed part of a registry: what is put into its index, and the messages to its listeners. For registry.hpp; who
// listens names only `registered` and `unregistered`.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <dialtone/otp/registry_index.hpp>
#include <dialtone/runtime/core.hpp>

namespace dialtone {

template <class Key, class Value>
class registry;

/// Sent to the listeners of a registry when an entry has come, before anything that its process sends afterwards. No
/// mailbox refuses it, and nobody owes for it: a listener must keep up with its registry.
template <class Key, class Value = std::monostate>
struct registered {
  dialtone::registry<Key, Value> registry;
  Key key;
  dialtone::pid pid;
  Value value;
};

/// The same when it has gone: once for each `registered`, also when its process has died, and then before any `down`.
/// Elixir says nothing at a death, and says it at an unregister that finds nothing.
template <class Key, class Value = std::monostate>
struct unregistered {
  dialtone::registry<Key, Value> registry;
  Key key;
  dialtone::pid pid;
  Value value;
};

template <class Key, class Value>
inline constexpr bool enable_sendable<registry<Key, Value>> = true;

namespace detail {

/// How keys are handed over.
template <class Key>
using registry_key_argument = std::conditional_t<std::is_same_v<Key, std::string>, std::string_view, const Key&>;

/// Whether these can be the types of a registry; if not, the compiler says why.
template <class Key, class Value>
consteval bool check_registry() {
  constexpr bool found = std::equality_comparable<Key> && requires(const Key& key) { std::hash<Key>{}(key); };
  static_assert(found, "dialtone: the key of a registry needs a std::hash and an ==");
  constexpr bool copied = std::copyable<Key> && std::copyable<Value>;
  static_assert(copied, "dialtone: the key and the value of a registry are copied for whoever looks them up");
  // Never called: what it says is said, and the answer here stays a constant.
  if constexpr (!sendable<Key> || !sendable<Value>)
    static_cast<void>([] { static_cast<void>(check_sendable<Key>() && check_sendable<Value>()); });
  return found && copied && sendable<Key> && sendable<Value>;
}

template <class Key>
struct registry_key_of : registry_key {
  explicit registry_key_of(registry_key_argument<Key> key) : value{key} {}
  const Key value;
};

template <class Value>
struct registry_entry_of : registry_entry {
  explicit registry_entry_of(Value&& given) : value{std::move(given)} {}
  Value value;
};

/// From a handle to what is behind it, and back.
struct registry_inside {
  template <class Key, class Value>
  static const registry_index& index(const registry<Key, Value>& handle) {
    return *handle.index_;
  }
  template <class Key, class Value>
  static registry<Key, Value> handle(registry_index& index) {
    return registry<Key, Value>{index};
  }
};

/// What listeners are told.
template <class Key, class Value>
struct registry_news {
  template <template <class, class> class News>
  static signal* make(registry_index& from, pid owner, const registry_entry& entry) {
    return make_signal<message<News<Key, Value>>>(
        pid{}, News<Key, Value>{registry_inside::handle<Key, Value>(from),
                                static_cast<const registry_key_of<Key>&>(*entry.key).value, owner,
                                static_cast<const registry_entry_of<Value>&>(entry).value});
  }
};

template <class Key, class Value>
inline constexpr registry_types registry_types_of{
    .same =
        [](const registry_key& known, const void* key) {
          const auto& wanted = *static_cast<const std::remove_reference_t<registry_key_argument<Key>>*>(key);
          return static_cast<const registry_key_of<Key>&>(known).value == wanted;
        },
    .equal =
        [](const registry_key& left, const registry_key& right) {
          return static_cast<const registry_key_of<Key>&>(left).value ==
                 static_cast<const registry_key_of<Key>&>(right).value;
        },
    .make_key = [](const void* key) -> registry_key* {
      return new registry_key_of<Key>{*static_cast<const std::remove_reference_t<registry_key_argument<Key>>*>(key)};
    },
    .destroy_key = [](registry_key* key) noexcept { delete static_cast<registry_key_of<Key>*>(key); },
    .destroy_entry = [](registry_entry* entry) noexcept { delete static_cast<registry_entry_of<Value>*>(entry); },
    .registered = &registry_news<Key, Value>::template make<registered>,
    .unregistered = &registry_news<Key, Value>::template make<unregistered>,
};

template <class Value>
struct own_registry_value {
  std::uint64_t serial;
  Value value;
};

/// The values of the caller under a key, in the order of their serials.
template <class Value>
std::vector<own_registry_value<Value>> own_registry_values(const registry_index& index, std::size_t hash,
                                                           const void* key) {
  std::vector<own_registry_value<Value>> found;
  index.visit_own(hash, key, calling_process().self(), [&](pid, const registry_entry& one) {
    found.emplace_back(one.serial, static_cast<const registry_entry_of<Value>&>(one).value);
  });
  return found;
}

}  // namespace detail

}  // namespace dialtone
