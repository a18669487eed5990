// SPDX-License-Identifier: Apache-2.0
// The rules of messages: which of them a type breaks, by itself or by what it is made of, and the sentence for each.
// For sendable.hpp only.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <dialtone/base/sendable_types.hpp>

namespace dialtone::detail {

struct call_operator {
  void operator()();
};
template <class T>
struct with_call_operator : T, call_operator {};
/// However many call operators T has, and even if they are templates, their name is ambiguous beside another's.
template <class T>
concept callable = !std::is_final_v<T> && !requires { &with_call_operator<T>::operator(); };

template <class T>
consteval rule rule_of_class() {
  if constexpr (std::ranges::enable_view<T>)
    return rule::view;
  else if constexpr (callable<T>)
    return rule::function_object;
  else
    return rule::private_class;
}

template <class... Ts>
consteval bool has_mutable(types<Ts...>) {
  return ((!std::is_const_v<Ts> && !std::is_reference_v<Ts>) || ...);
}

template <class T, bool Shared>
consteval rule rule_of_aggregate() {
  if constexpr (requires { std::tuple_size<T>::value; })
    return rule::unlisted_members;
  else if constexpr (shape<T>.has_base)
    return std::ranges::enable_view<T> ? rule::view : rule::base_class;
  else if constexpr (shape<T>.has_union)
    return rule::union_member;
  else if constexpr (shape<T>.has_too_many)
    return rule::too_many_members;
  else if constexpr (shape<T>.is_unknown)
    return rule::unlisted_members;
  else if constexpr (Shared && has_mutable(members_of<T>()))
    return rule::mutable_inside;
  else
    return rule::none;
}

/// The rule that T breaks whatever it is made of. `Shared`: T is inside of a shared_ptr<const ...>.
template <class T, bool Shared>
consteval rule own_rule() {
  if constexpr (std::is_volatile_v<T>)
    return rule::not_a_value;
  else if constexpr (enable_sendable<T> || std::is_arithmetic_v<T> || std::is_enum_v<T>)
    return rule::none;
  else if constexpr (std::is_reference_v<T>)
    return rule::reference;
  else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T>)
    return rule::raw_pointer;
  else if constexpr (std::is_bounded_array_v<T>)
    return rule::none;
  else if constexpr (standard_template<T>)
    return Shared ? made_of<T>::broken_in_shared : made_of<T>::broken;
  else if constexpr (std::is_union_v<T>)
    return rule::union_member;
  else if constexpr (std::is_aggregate_v<T>)
    return rule_of_aggregate<T, Shared>();
  else if constexpr (std::is_class_v<T>)
    return rule_of_class<T>();
  else
    return rule::not_a_value;
}

/// The types that T is made of, and whether they are shared, for a T that breaks no rule by itself.
template <class T, bool Shared>
struct inside {
  using parts = types<>;
  static constexpr bool shared = Shared;
};
template <class T, bool Shared>
  requires(!enable_sendable<T> && std::is_bounded_array_v<T>)
struct inside<T, Shared> {
  using parts = types<std::remove_all_extents_t<T>>;
  static constexpr bool shared = Shared;
};
template <class T, bool Shared>
  requires(!enable_sendable<T> && standard_template<T>)
struct inside<T, Shared> {
  using parts = typename made_of<T>::parts;
  static constexpr bool shared = Shared || made_of<T>::shares;
};
template <class T, bool Shared>
  requires(!enable_sendable<T> && !standard_template<T> && std::is_aggregate_v<T> && std::is_class_v<T>)
struct inside<T, Shared> {
  using parts = members_of<T>;
  static constexpr bool shared = Shared;
};

/// The types that one inspection has entered: none is inspected twice, so that types may contain themselves.
class entered_types {
 public:
  constexpr entered_types() = default;
  entered_types(const entered_types&) = delete;
  constexpr ~entered_types() {
    while (last_) delete std::exchange(last_, last_->before);
  }
  constexpr bool enter(const void* type) {
    for (const entry* at = last_; at; at = at->before) {
      if (at->type == type) return false;
    }
    last_ = new entry{type, last_};
    return true;
  }

 private:
  struct entry {
    const void* type;
    const entry* before;
  };
  const entry* last_ = nullptr;
};

template <class T, bool Shared>
inline constexpr char identity = 0;

template <class T, bool Shared>
consteval rule inspect(entered_types& entered);

template <bool Shared, class... Parts>
consteval rule inspect_parts(types<Parts...>, entered_types& entered) {
  rule broken = rule::none;
  static_cast<void>((((broken = inspect<std::remove_const_t<Parts>, Shared>(entered)) == rule::none) && ...));
  return broken;
}

/// The first rule that T breaks, at any depth. It is a function of values, not of types, so that each type is
/// instantiated once, however many messages it occurs in.
template <class T, bool Shared>
consteval rule inspect(entered_types& entered) {
  constexpr rule own = own_rule<T, Shared>();
  if constexpr (own != rule::none)
    return own;
  else if constexpr (std::is_same_v<typename inside<T, Shared>::parts, types<>>)
    return rule::none;
  else if (!entered.enter(&identity<T, Shared>))
    return rule::none;
  else
    return inspect_parts<inside<T, Shared>::shared>(typename inside<T, Shared>::parts(), entered);
}

template <class T>
consteval rule find_broken_rule() {
  if constexpr (std::is_reference_v<T>)
    return rule::reference;
  else if constexpr (std::is_const_v<T> || std::is_array_v<T>)
    return rule::not_a_value;
  else {
    entered_types entered;
    const rule broken = inspect<T, false>(entered);
    if (broken == rule::none && !std::is_move_constructible_v<T>) return rule::immovable;
    return broken;
  }
}
template <class T>
inline constexpr rule broken_rule = find_broken_rule<T>();

}  // namespace dialtone::detail
