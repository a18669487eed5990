// SPDX-License-Identifier: Apache-2.0
// send_all: one message to many processes, as so many sends. What is for another scheduler travels there as one signal,
// with the list of receivers and one value; each receiver gets a copy of it there.
//
//   dt::send_all(members, line{from, text});   // std::vector<dt::pid> members; text is dt::bytes
//
// Inside a process only. All that is said of send holds for each receiver: signals between two processes keep their
// order, whichever of the two functions has sent them; a mailbox over its limit makes the caller owe, one for each
// receiver that is; a message for a dead process is destroyed. Who is named twice gets two.
//
// Cost: a message for each receiver, and a copy of the value. So what is large should be bytes or a shared_ptr to
// const: a copy is then a count. What a copy throws for a receiver of the caller's scheduler is thrown to the caller,
// and the receivers after it get nothing; elsewhere it ends the receiver, which cannot be given its message.
#pragma once

#include <concepts>
#include <span>
#include <vector>

#include <dialtone/runtime/send.hpp>

namespace dialtone {

namespace detail {

/// A message of which each receiver gets a copy, on its way to their scheduler.
struct multicast : signal {
  multicast(const signal_type* type, pid sender, std::vector<pid> receivers);
  std::vector<pid> receivers;
};

/// How a copy of a value becomes a message.
using copy_function = signal* (*)(pid sender, const void* value);

/// The receivers on each other scheduler that has any.
std::vector<std::vector<pid>> those_elsewhere(core& here, std::span<const pid> receivers);
/// To those of the caller's own scheduler.
void send_copies(core& here, std::span<const pid> receivers, const void* value, copy_function copy);
/// Where a multicast has arrived.
void deliver_copies(scheduler& home, const multicast& arrived, const void* value, copy_function copy);

template <class Type>
signal* copy_message(pid sender, const void* value) {
  return make_signal<message<Type>>(sender, *static_cast<const Type*>(value));
}

template <class Type>
struct multicast_of : multicast {
  multicast_of(pid sender, std::vector<pid> receivers, const Type& value);
  static void handle(scheduler& home, process_block*, signal* taken) {
    auto& self = static_cast<multicast_of&>(*taken);
    deliver_copies(home, self, &self.value, &copy_message<Type>);
    destroy(taken);
  }
  Type value;
};

template <class Type>
inline constexpr signal_type multicast_type{&multicast_of<Type>::handle, &destroy_signal<multicast_of<Type>>,
                                            sizeof(multicast_of<Type>), &type_name<Type>};

template <class Type>
multicast_of<Type>::multicast_of(pid sender, std::vector<pid> receivers, const Type& value)
    : multicast{&multicast_type<Type>, sender, std::move(receivers)}, value{value} {}

}  // namespace detail

/// Sends a copy of `value` to each of `receivers`. `Type` must be sendable, and copyable.
template <class Type>
void send_all(std::span<const pid> receivers, Type value) {
  detail::check_sendable<Type>();
  constexpr bool copied = std::copy_constructible<Type>;
  static_assert(copied, "dialtone: a message for many is copied for each: send what can be copied, or to one receiver");
  if constexpr (copied && sendable<Type>) {
    detail::core& here = detail::calling_core();
    for (std::vector<pid>& there : detail::those_elsewhere(here, receivers))
      here.send_remote(*detail::make_signal<detail::multicast_of<Type>>(here.current->self(), std::move(there), value));
    detail::send_copies(here, receivers, &value, &detail::copy_message<Type>);
  }
}

}  // namespace dialtone
