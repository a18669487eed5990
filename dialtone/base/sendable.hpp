// SPDX-License-Identifier: Apache-2.0
// What may be a message. Messages are values that cannot share memory, so that processes on two schedulers never race,
// and `sendable` is a closed world; everybody may use it, the runtime asks it of every message and argument.
//
//   sendable = arithmetic | enum | aggregate without bases whose every member is sendable, at any depth
//            | string of arithmetic characters | bitset | monostate | chrono's duration and time_point
//            | vector, deque, list, forward_list, array, set, map and their multi and unordered kinds of sendable
//            | pair, tuple, optional, variant, expected of sendable
//            | unique_ptr to sendable | shared_ptr to const sendable (constant all through)
//            | whatever its author opened: pid, bytes, the handles of the library, classes of users (enable_sendable)
//
// Messages may be move-only. All else is refused: raw pointers, references, views, closures, unions, bases, classes
// with private members or constructors, allocators and deleters other than the standard ones. An aggregate may have 40
// members (nested ones count as one, and so does a C array), and up to 64 elements in all if some member of it has no
// default.
#pragma once

#include <dialtone/base/enable_sendable.hpp>
#include <dialtone/base/sendable_refusal.hpp>
#include <dialtone/base/sendable_rules.hpp>

namespace dialtone {

/// True for what may be sent. It must not be asked of a class before the class is complete and, if it is to be opened,
/// its enable_sendable is specialised: the first answer stays.
template <class T>
concept sendable = detail::broken_rule<T> == detail::rule::none;

namespace detail {

/// What `send`, `spawn` and their like call first, with the type of each message (without reference and const): when it
/// is not sendable, the compiler says which rule it breaks, with which member.
template <class Message>
constexpr bool check_sendable() {
  if constexpr (sendable<Message>)
    return true;
  else
    return refuse<Message>();
}

}  // namespace detail
}  // namespace dialtone
