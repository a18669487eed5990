// SPDX-License-Identifier: Apache-2.0
// The list of standard types that messages may be made of, each with what it is made of itself, and the names of the
// rules that a message can break. For sendable.hpp only; adding a type here opens the world for everybody.
#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <deque>
#include <expected>
#include <forward_list>
#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <dialtone/base/enable_sendable.hpp>
#include <dialtone/base/sendable_members.hpp>

namespace dialtone {

template <>
inline constexpr bool enable_sendable<std::monostate> = true;
template <std::size_t Size>
inline constexpr bool enable_sendable<std::bitset<Size>> = true;
template <class Rep, class Period>
inline constexpr bool enable_sendable<std::chrono::duration<Rep, Period>> = std::is_arithmetic_v<Rep>;
template <class Clock, class Rep, class Period>
inline constexpr bool enable_sendable<std::chrono::time_point<Clock, std::chrono::duration<Rep, Period>>> =
    std::is_arithmetic_v<Rep>;
template <class Char, class Traits>
inline constexpr bool enable_sendable<std::basic_string<Char, Traits, std::allocator<Char>>> =
    std::is_arithmetic_v<Char>;

namespace detail {

/// What a message can do wrong; the sentences are in sendable_rules.hpp.
enum class rule {
  none,
  raw_pointer,
  reference,
  view,
  mutable_sharing,
  mutable_inside,
  function_object,
  base_class,
  private_class,
  union_member,
  foreign_allocator,
  foreign_deleter,
  too_many_members,
  unlisted_members,
  not_a_value,
  immovable,
};

template <class T>
inline constexpr bool is_standard_allocator = false;
template <class T>
inline constexpr bool is_standard_allocator<std::allocator<T>> = true;

/// A standard template: the rule that it breaks by itself, and the types that must be sendable for it to be sendable.
template <rule Broken, class... Parts>
struct made_from {
  static constexpr rule broken = Broken;
  static constexpr rule broken_in_shared = Broken;  ///< Inside of a shared_ptr<const T>.
  static constexpr bool shares = false;             ///< The parts are inside of a shared_ptr<const T>.
  using parts = types<Parts...>;
};

template <class Allocator, class... Parts>
using container = made_from<is_standard_allocator<Allocator> ? rule::none : rule::foreign_allocator, Parts...>;

/// A comparison or hash function without members has nothing to share; any other is inspected like a member.
template <class Function>
using function_part = std::conditional_t<std::is_empty_v<Function>, std::monostate, Function>;

template <class T>
struct made_of;
template <class T>
concept standard_template = requires { typename made_of<T>::parts; };

template <class... Ts>
struct made_of<std::tuple<Ts...>> : made_from<rule::none, Ts...> {};
template <class... Ts>
struct made_of<std::variant<Ts...>> : made_from<rule::none, Ts...> {};
template <class First, class Second>
struct made_of<std::pair<First, Second>> : made_from<rule::none, First, Second> {};
template <class T>
struct made_of<std::optional<T>> : made_from<rule::none, T> {};
template <class T, class Error>
struct made_of<std::expected<T, Error>> : made_from<rule::none, T, Error> {};
template <class Error>
struct made_of<std::expected<void, Error>> : made_from<rule::none, Error> {};
template <class T, std::size_t Size>
struct made_of<std::array<T, Size>> : made_from<rule::none, T> {};

template <class Char, class Traits, class Allocator>
struct made_of<std::basic_string<Char, Traits, Allocator>> : container<Allocator, Char> {};
template <class T, class Allocator>
struct made_of<std::vector<T, Allocator>> : container<Allocator, T> {};
template <class T, class Allocator>
struct made_of<std::deque<T, Allocator>> : container<Allocator, T> {};
template <class T, class Allocator>
struct made_of<std::list<T, Allocator>> : container<Allocator, T> {};
template <class T, class Allocator>
struct made_of<std::forward_list<T, Allocator>> : container<Allocator, T> {};

template <class Key, class Less, class Allocator>
struct made_of<std::set<Key, Less, Allocator>> : container<Allocator, Key, function_part<Less>> {};
template <class Key, class Less, class Allocator>
struct made_of<std::multiset<Key, Less, Allocator>> : container<Allocator, Key, function_part<Less>> {};
template <class Key, class T, class Less, class Allocator>
struct made_of<std::map<Key, T, Less, Allocator>> : container<Allocator, Key, T, function_part<Less>> {};
template <class Key, class T, class Less, class Allocator>
struct made_of<std::multimap<Key, T, Less, Allocator>> : container<Allocator, Key, T, function_part<Less>> {};

template <class Key, class Hash, class Equal, class Allocator>
struct made_of<std::unordered_set<Key, Hash, Equal, Allocator>>
    : container<Allocator, Key, function_part<Hash>, function_part<Equal>> {};
template <class Key, class Hash, class Equal, class Allocator>
struct made_of<std::unordered_multiset<Key, Hash, Equal, Allocator>>
    : container<Allocator, Key, function_part<Hash>, function_part<Equal>> {};
template <class Key, class T, class Hash, class Equal, class Allocator>
struct made_of<std::unordered_map<Key, T, Hash, Equal, Allocator>>
    : container<Allocator, Key, T, function_part<Hash>, function_part<Equal>> {};
template <class Key, class T, class Hash, class Equal, class Allocator>
struct made_of<std::unordered_multimap<Key, T, Hash, Equal, Allocator>>
    : container<Allocator, Key, T, function_part<Hash>, function_part<Equal>> {};

template <class T, class Deleter>
struct made_of<std::unique_ptr<T, Deleter>> : made_from<rule::foreign_deleter> {};
template <class T>
struct made_of<std::unique_ptr<T>> : made_from<rule::none, std::remove_extent_t<T>> {
  // Through a const unique_ptr one may still write to what it points to.
  static constexpr rule broken_in_shared = std::is_const_v<T> ? rule::none : rule::mutable_inside;
};
template <class T>
struct made_of<std::shared_ptr<T>> : made_from<rule::mutable_sharing> {};
template <class T>
struct made_of<std::shared_ptr<const T>> : made_from<rule::none, std::remove_extent_t<T>> {
  static constexpr bool shares = true;
};
template <class T>
struct made_of<std::reference_wrapper<T>> : made_from<rule::reference> {};
template <class T>
struct made_of<std::initializer_list<T>> : made_from<rule::view> {};

}  // namespace detail
}  // namespace dialtone
