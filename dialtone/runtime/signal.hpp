// SPDX-License-Identifier: Apache-2.0
// Everything between processes is a signal: a message of a user's, or one of the runtime's own (exit, link, monitor,
// spawn, reply ...). A signal is one block of memory with this header; it has one owner at a time: the sender until it
// is delivered, then a queue, then the receiver.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <dialtone/base/type_name.hpp>
#include <dialtone/runtime/memory.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone::detail {

class core;
class scheduler;
struct process_block;
struct signal;
class behaviour;

struct signal_type {
  /// Acts on a signal of the runtime's own, on the scheduler of its receiver, and takes it. `receiver` is null when
  /// there is no such process. Null for messages of users.
  void (*handle)(scheduler& home, process_block* receiver, signal* taken);
  void (*destroy)(signal* taken) noexcept;
  std::uint32_t size;
  std::string_view (*name)();
  /// Tells who waits for an answer to this message that there will be none. Null where nobody waits.
  void (*refuse)(core& home, signal* refused) = nullptr;
  /// What a request does in the server that has received it (otp). Null for messages that are no requests.
  void (*serve)(behaviour& server, signal& request) = nullptr;
  /// Of a request that every behaviour serves, also while it is suspended.
  bool system = false;
};

struct signal {
  signal(const signal_type* type, pid to, pid from) : type{type}, to{to}, from{from} {}

  signal* next;  // in the queue that it is in
  const signal_type* type;
  pid to;
  /// The process that sent it and may owe for it; none for what the runtime makes (replies, down, exit, timers).
  pid from;
};

/// The sender of messages from threads that are no scheduler's.
inline constexpr pid outside_pid{0xff, (1u << pid::slot_bits) - 1, 0xffffffff};

template <class Signal>
void destroy_signal(signal* taken) noexcept {
  // The block begins where the whole object does, which the header may be a later base of.
  auto* whole = static_cast<Signal*>(taken);
  whole->~Signal();
  release(whole, sizeof(Signal));
}

/// For those that another scheduler has nearly always made, and whose memory would serve for frames.
template <class Signal>
void destroy_foreign_signal(signal* taken) noexcept {
  auto* whole = static_cast<Signal*>(taken);
  whole->~Signal();
  release_foreign(whole, sizeof(Signal));
}

inline void destroy(signal* taken) noexcept { taken->type->destroy(taken); }

template <class Type>
struct message : signal {
  template <class... Arguments>
  explicit message(pid sender, Arguments&&... arguments);
  Type value;
};

/// How messages of a type are refused; specialised for those that carry the address of a reply.
template <class Type>
inline constexpr void (*refusal_of)(core&, signal*) = nullptr;

template <class Type>
inline constexpr signal_type message_type{nullptr, &destroy_signal<message<Type>>, sizeof(message<Type>),
                                          &type_name<Type>, refusal_of<Type>};

template <class Type>
template <class... Arguments>
message<Type>::message(pid sender, Arguments&&... arguments)
    : signal{&message_type<Type>, {}, sender}, value{std::forward<Arguments>(arguments)...} {}

/// A signal in memory of its own. Over-aligned types have no place in messages: they would not survive the free lists.
template <class Signal, class... Arguments>
Signal* make_signal(Arguments&&... arguments) {
  static_assert(alignof(Signal) <= 16, "dialtone: a message may not be aligned to more than 16 bytes");
  void* memory = allocate(sizeof(Signal));
  try {
    return ::new (memory) Signal{std::forward<Arguments>(arguments)...};
  } catch (...) {
    release(memory, sizeof(Signal));
    throw;
  }
}

}  // namespace dialtone::detail
