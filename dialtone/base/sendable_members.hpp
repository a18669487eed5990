// SPDX-License-Identifier: Apache-2.0
// The members of an aggregate, as a list of types: what sendable.hpp looks through. For that header only.
// A class says nothing about its members in C++23, so they are counted by trying initialisers, and then bound by name.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <dialtone/base/enable_sendable.hpp>
#include <dialtone/base/sendable_arities.hpp>

namespace dialtone::detail {

/// The most initialisers that are tried for an aggregate that cannot be made from empty braces. Its arrays count by
/// element there, and each try costs the compiler as many conversions as it has initialisers.
inline constexpr std::size_t initialisers_limit = 64;

/// What is known of an aggregate before its members are bound. Only with no other field set are there `members`.
struct aggregate_shape {
  std::size_t members = 0;
  bool has_base = false;
  bool has_union = false;  ///< Perhaps without a name, and to bind that is an error that no template can catch.
  bool has_too_many = false;
  bool is_unknown = false;  ///< No initialisers fit.
};

/// Converts to whatever a member may be. A value is preferred to a reference (the argument is an rvalue), and a
/// constructor template to both (these are const), so that no member finds two ways.
struct anything {
  template <class U>
  operator U&() const& noexcept;
  template <class U>
  operator U() const&& noexcept;
};
template <std::size_t>
using anything_at = anything;

template <class T>
struct any_base_of {
  template <class U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
  operator U() const noexcept;
};

/// What a constructor that takes everything takes for the other two.
struct nothing {};

struct any_union {
  template <class U>
    requires(std::is_union_v<U> && !enable_sendable<U>)
  operator U() const noexcept;
};

template <class T, std::size_t... I>
consteval bool takes_anything(std::index_sequence<I...>) {
  return requires { T{anything_at<I>{}...}; };
}
template <class T, std::size_t Count>
inline constexpr bool takes = takes_anything<T>(std::make_index_sequence<Count>());

/// Whether T takes `Before` initialisers, one for a base or a union (plain or in braces of its own), then `After`.
template <class T, class One, std::size_t... Before, std::size_t... After>
consteval bool takes_one(std::index_sequence<Before...>, std::index_sequence<After...>) {
  return requires { T{anything_at<Before>{}..., One{}, anything_at<After>{}...}; };
}
template <class T, class One, std::size_t... Before, std::size_t... After>
consteval bool takes_one_braced(std::index_sequence<Before...>, std::index_sequence<After...>) {
  return requires { T{anything_at<Before>{}..., {One{}}, anything_at<After>{}...}; };
}
/// The same with `Inner` initialisers in braces.
template <class T, std::size_t... Before, std::size_t... Inner, std::size_t... After>
consteval bool takes_group(std::index_sequence<Before...>, std::index_sequence<Inner...>,
                           std::index_sequence<After...>) {
  return requires { T{anything_at<Before>{}..., {anything_at<Inner>{}...}, anything_at<After>{}...}; };
}

template <class T, std::size_t Count = 0>
consteval std::size_t fewest_taken() {
  if constexpr (Count > initialisers_limit || takes<T, Count>)
    return Count;
  else
    return fewest_taken<T, Count + 1>();
}
template <class T, std::size_t Count>
consteval std::size_t most_taken() {
  if constexpr (Count <= initialisers_limit && takes<T, Count + 1>)
    return most_taken<T, Count + 1>();
  else
    return Count;
}

/// How many of the `All` initialisers of T belong to the member that the initialiser `At` begins: more than one only
/// for an array, which in braces swallows exactly so many, while what is no array leaves all the others to other
/// members.
template <class T, std::size_t All, std::size_t At, std::size_t Length = 1>
consteval std::size_t group_length() {
  if constexpr (At + Length > All) {
    return 1;
  } else {
    constexpr auto before = std::make_index_sequence<At>();
    constexpr auto inner = std::make_index_sequence<Length>();
    if constexpr (takes_group<T>(before, inner, std::make_index_sequence<All - At - 1>()))
      return 1;
    else if constexpr (takes_group<T>(before, inner, std::make_index_sequence<All - At - Length>()))
      return Length;
    else
      return group_length<T, All, At, Length + 1>();
  }
}

template <class T, std::size_t All, std::size_t At = 0>
consteval std::size_t count_groups() {
  if constexpr (At == All)
    return 0;
  else
    return 1 + count_groups<T, All, At + group_length<T, All, At>()>();
}

template <class T, std::size_t All, std::size_t... At>
consteval bool has_union_among_anything(std::index_sequence<At...>) {
  return ((takes_one<T, any_union>(std::make_index_sequence<At>(), std::make_index_sequence<All - At - 1>()) &&
           !takes_one_braced<T, any_union>(std::make_index_sequence<At>(), std::make_index_sequence<All - At - 1>())) ||
          ...);
}

/// For an aggregate with a member that cannot be made from empty braces.
template <class T>
consteval aggregate_shape shape_from_anything() {
  constexpr std::size_t fewest = fewest_taken<T>();
  if constexpr (fewest > initialisers_limit) {
    return {.is_unknown = true};
  } else {
    constexpr std::size_t all = most_taken<T, fewest>();
    if constexpr (all > initialisers_limit) {
      return {.has_too_many = true};
    } else if constexpr (all == 0) {
      return {};
    } else {
      constexpr std::index_sequence<> none;
      constexpr auto rest = std::make_index_sequence<all - 1>();
      if (takes_one<T, any_base_of<T>>(none, rest) && !takes_one<T, nothing>(none, rest)) return {.has_base = true};
      if (has_union_among_anything<T, all>(std::make_index_sequence<all>())) return {.has_union = true};
      const std::size_t members = count_groups<T, all>();
      return {.members = members, .has_too_many = members > members_limit};
    }
  }
}

/// A union takes a union by itself, but not in braces, as a class that begins with one would.
template <class T, std::size_t... At>
consteval bool has_union_among_braces(std::index_sequence<At...>) {
  return ((arity<At>::template takes<T, any_union> && !arity<At>::template takes_braced<T, any_union>) || ...);
}

template <class T>
consteval aggregate_shape find_shape() {
  constexpr std::size_t members = count_from_braces<T>();
  if constexpr (members > members_limit) {
    return {.has_too_many = true};
  } else if constexpr (!requires { T{}; } || arity<members>::template takes<T, anything>) {
    return shape_from_anything<T>();
  } else {
    if (arity<0>::takes<T, any_base_of<T>> && !arity<0>::takes<T, nothing>) return {.has_base = true};
    if (has_union_among_braces<T>(std::make_index_sequence<members>())) return {.has_union = true};
    return {.members = members};
  }
}

template <class T>
inline constexpr aggregate_shape shape = find_shape<T>();

/// The members of an aggregate whose shape has nothing but members: const, unless they are mutable or references.
template <class T>
using members_of = decltype(arity<shape<T>.members>::members(std::declval<const T&>()));

}  // namespace dialtone::detail
