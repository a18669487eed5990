// SPDX-License-Identifier: Apache-2.0
// How processes know of each other's death: links (both end together), monitors (one is told), exit signals. OTP's
// semantics; inside a process only. All signals between two processes keep their order, these among them.
#pragma once

#include <dialtone/base/sendable.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone {

/// The message that a monitor sends once, when the process that it watches has ended, or at once with `noproc`.
struct down {
  dialtone::reference reference;
  dialtone::pid pid;
  exit_reason reason;
};

/// What an exit signal becomes in a process that traps exits.
struct exited {
  dialtone::pid pid;
  exit_reason reason;
};

/// Links the caller and `other`. To a dead process: an exit signal with `noproc` comes back. Twice is once.
void link(pid other);
/// From its return on, the link has no effect on the caller, whatever is on its way.
void unlink(pid other);

/// Watches `other`; each call is a monitor of its own. One that an exit signal has reached already tells its reason
/// when it dies.
[[nodiscard("without its reference a monitor cannot be told from others, nor ended")]] reference monitor(pid other);

enum class demonitor_mode : std::uint8_t {
  keep,   ///< a `down` that is in the mailbox already stays there
  flush,  ///< it is taken out
};
/// Ends a monitor of the caller's: no `down` comes after it. False when there was none (it has fired, or was ended).
bool demonitor(reference name, demonitor_mode mode = demonitor_mode::keep);

/// Ends the caller with `reason`, from however deep: every destructor on the way runs. What swallows the unwinding does
/// not help: the process has ended and goes no further than its next await.
[[noreturn]] void exit(exit_reason reason);

/// Sends an exit signal. `kill` cannot be trapped, and is seen by others as `killed`; `normal` does nothing to a
/// process that does not trap exits, unless it is the caller itself. One that ends the caller does not return, as
/// exit(reason).
void exit(pid other, exit_reason reason);

/// Whether exit signals come to the caller as `exited` messages instead of ending it. Returns what was set before.
bool trap_exit(bool trap = true);

/// Whether a process of the caller's scheduler lives. True for every pid of another scheduler, also of one long dead:
/// asking would take a wait. Use a monitor to know.
bool is_alive(pid other);

template <>
inline constexpr bool enable_sendable<down> = true;
template <>
inline constexpr bool enable_sendable<exited> = true;

}  // namespace dialtone
