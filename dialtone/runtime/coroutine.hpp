// SPDX-License-Identifier: Apache-2.0
// What the promises of process<> and task<T> share: where the coroutine is suspended, which task it awaits, and where
// its frame comes from. Frames count towards the memory of the process that runs.
#pragma once

#include <source_location>
#include <type_traits>

#include <dialtone/runtime/core.hpp>
#include <dialtone/runtime/exit_reason.hpp>

namespace dialtone::detail {

template <class Type>
concept awaitable_here = std::is_base_of_v<awaitable_base, std::remove_cvref_t<Type>>;

struct promise_base {
  /// Of the await that the coroutine is in, or was in last.
  std::source_location place;
  /// The task that the coroutine awaits now.
  promise_base* child = nullptr;

  template <class Awaitable>
  decltype(auto) await_transform(Awaitable&& awaited, std::source_location here = std::source_location::current()) {
    static_assert(
        awaitable_here<Awaitable>,
        "dialtone: inside a process only Dialtone's awaitables and tasks can be awaited: others would resume it on "
        "a thread that is not its scheduler's");
    if constexpr (awaitable_here<Awaitable>) {
      place = here;
      return static_cast<Awaitable&&>(awaited);
    } else {
      return std::suspend_never{};  // so that the compiler has nothing more to say
    }
  }

  static void* operator new(std::size_t size) {
    void* frame = allocate(size);
    if (core* here = this_core) [[likely]]
      count_frame(*here, size);
    return frame;
  }
  static void operator delete(void* frame, std::size_t size) noexcept {
    if (core* here = this_core) [[likely]]
      here->count_bytes(*here->current, -static_cast<std::int64_t>(size));
    release(frame, size);
  }

 private:
  static void count_frame(core& here, std::size_t size) {
    here.count_bytes(*here.current, static_cast<std::int64_t>(size));
    if (here.current->has(limited)) [[unlikely]]
      here.check_memory(*here.current);
  }
};

/// The handle of the coroutine that a promise belongs to. All promises here are aligned to at most 16 bytes and begin
/// with promise_base, so their frames have one layout.
inline std::coroutine_handle<> handle_of(promise_base& promise) {
  return std::coroutine_handle<promise_base>::from_promise(promise);
}

/// Dooms a process for the exception being handled, which has left its function when that was suspended at `place`.
void doom_by_exception(process_block& ended, const std::source_location& place);

/// The exit reason that the exception being handled stands for, in the process that it was thrown in: with the chain of
/// coroutines that it has left so far.
exit_reason reason_of_current_exception();

/// Takes back the calling process's exit(reason), whose unwinding is being handled: a behaviour ends in its own order.
/// False for one that was killed, or has been ended by something else.
bool take_back_exit();

/// Called from unhandled_exception: notes that the exception being handled passes through a coroutine suspended at
/// `place`.
void note_unwinding(const std::source_location& place);

}  // namespace dialtone::detail
