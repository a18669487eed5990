// SPDX-License-Identifier: Apache-2.0
// The sentences for types that are no messages, as the compiler prints them, with the member that is at fault and the
// types that it was found in. For sendable.hpp only; nothing here is instantiated for a type that is sendable.
#pragma once

#include <type_traits>

#include <dialtone/base/sendable_rules.hpp>

namespace dialtone::detail {

/// Only to be read, in the compiler's note.
template <class... Holders>
struct found_in;

template <rule Broken, class Message, class Offender, class FoundIn>
struct refused_message {
  static_assert(Broken != rule::raw_pointer,
                "dialtone: a message may not contain a raw pointer: it would share memory with its sender");
  static_assert(Broken != rule::reference,
                "dialtone: a message may not contain a reference: it would share memory with its sender");
  static_assert(
      Broken != rule::view,
      "dialtone: a message may not contain a view (string_view, span): what it looks at stays with the sender; "
      "send a std::string, a container or bytes");
  static_assert(
      Broken != rule::mutable_sharing,
      "dialtone: a message may not contain a shared_ptr to non-const: two processes could write to one object; "
      "send a shared_ptr<const T>");
  static_assert(
      Broken != rule::mutable_inside,
      "dialtone: what a message shares by shared_ptr<const T> must be constant all through: a mutable member or "
      "a unique_ptr to non-const could be written to by two processes");
  static_assert(
      Broken != rule::function_object,
      "dialtone: a message may not contain a function object or closure: nobody sees what memory it holds; send "
      "what it needs, and let the receiver choose the function");
  static_assert(Broken != rule::base_class, "dialtone: a message may not have a base class: make the base a member");
  static_assert(
      Broken != rule::private_class,
      "dialtone: a message may not contain a class with private members, virtual functions or constructors of "
      "its own, unless the author of the class opts in: dialtone::enable_sendable");
  static_assert(Broken != rule::union_member,
                "dialtone: a message may not contain a union: nobody knows which member is alive; use std::variant");
  static_assert(Broken != rule::foreign_allocator,
                "dialtone: a message may not contain a container with an allocator of its own: its memory belongs to "
                "somebody; use std::allocator");
  static_assert(Broken != rule::foreign_deleter,
                "dialtone: a message may not contain a unique_ptr with a deleter of its own: the object belongs to "
                "somebody; use std::default_delete");
  static_assert(Broken != rule::too_many_members,
                "dialtone: an aggregate in a message may have at most 40 members: group them into nested aggregates");
  static_assert(Broken != rule::unlisted_members,
                "dialtone: the members of this aggregate cannot be listed (it has a tuple_size of its own, or more "
                "than 64 elements "
                "and one without a default), unless its author opts in: dialtone::enable_sendable");
  static_assert(Broken != rule::not_a_value,
                "dialtone: a message is a plain value: not const, volatile, void, a function or a C array by itself");
  static_assert(Broken != rule::immovable,
                "dialtone: a message must be movable: it is moved into the receiver's mailbox");
};
static_assert(members_limit == 40 && initialisers_limit == 64, "the sentences above say 40 and 64");

template <rule Broken, class Offender, class... Holders>
struct offence {
  static constexpr rule broken = Broken;
  using offender = Offender;
  using holders = found_in<Holders...>;
};
using no_offence = offence<rule::none, void>;

template <class T, bool Shared, class... Holders>
consteval auto find_offence();

template <bool Shared, class First, class... Rest, class... Holders>
consteval auto find_offence_in(types<First, Rest...>, types<Holders...> holders) {
  const auto first = find_offence<std::remove_const_t<First>, Shared, Holders...>();
  if constexpr (!std::is_same_v<decltype(first), const no_offence> || sizeof...(Rest) == 0)
    return first;
  else
    return find_offence_in<Shared>(types<Rest...>(), holders);
}

/// The way that `inspect` went, in types.
template <class T, bool Shared, class... Holders>
consteval auto find_offence() {
  constexpr rule own = own_rule<T, Shared>();
  if constexpr (own != rule::none)
    return offence<own, T, Holders...>();
  else if constexpr ((std::is_same_v<T, Holders> || ...))
    return no_offence();
  else if constexpr (std::is_same_v<typename inside<T, Shared>::parts, types<>>)
    return no_offence();
  else
    return find_offence_in<inside<T, Shared>::shared>(typename inside<T, Shared>::parts(), types<Holders..., T>());
}

template <class Message>
constexpr bool refuse() {
  constexpr rule broken = broken_rule<Message>;
  if constexpr (broken == rule::immovable || std::is_reference_v<Message> || std::is_const_v<Message> ||
                std::is_array_v<Message>) {
    return sizeof(refused_message<broken, Message, Message, found_in<>>) == 0;
  } else {
    using found = decltype(find_offence<Message, false>());
    return sizeof(refused_message<found::broken, Message, typename found::offender, typename found::holders>) == 0;
  }
}

}  // namespace dialtone::detail
