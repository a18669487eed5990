// SPDX-License-Identifier: Apache-2.0
// Why a process ended: a value with a code and, where there is more to say, a type, a text and the chain of source
// lines where the process and its tasks were suspended. Sendable; cheap to copy (details are shared and immutable).
//
// OTP's meaning holds: `normal` does not disturb linked processes, `kill` cannot be trapped and is seen by others as
// `killed`, `noproc` is what a link to or a monitor of a dead process reports.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/base/sendable.hpp>

namespace dialtone {

/// A line of the sources of a program; the file's name has static lifetime.
struct source_place {
  const char* file = "";
  std::uint32_t line = 0;
  const char* function = "";
  friend bool operator==(const source_place&, const source_place&) = default;
};
std::string to_string(const source_place& place);

class exit_reason {
 public:
  enum code_type : std::uint8_t {
    normal,            ///< the process returned
    shutdown,          ///< told to stop, in order
    kill,              ///< sent, not seen: cannot be trapped
    killed,            ///< what others see of a kill
    noproc,            ///< there was no such process
    exception,         ///< an exception left the process: `type()`, `text()`, `trace()`
    custom,            ///< a reason of the user's: `text()`
    mailbox_overflow,  ///< the mailbox reached its hard limit
    memory_limit,      ///< the process held more bytes than it may
    system_limit,      ///< a limit of the runtime was reached: processes or memory
    timeout,           ///< an answer did not come in time
    noconnection,      ///< the runtime of the other process is gone, or has stopped
    overloaded,        ///< a call was refused: the mailbox of who was called is full
    calling_self,      ///< a server has called itself: it would wait for its own answer
  };

  constexpr exit_reason(code_type code = normal) : code_{code} {}  // NOLINT(google-explicit-constructor)
  static exit_reason custom_text(std::string text);
  /// A shutdown with an explanation; `is_shutdown()` like the plain one.
  static exit_reason shutdown_because(std::string text);
  static exit_reason of_exception(std::string type, std::string text, std::vector<source_place> trace);

  code_type code() const { return code_; }
  /// True for `normal` and every kind of `shutdown`: not a crash.
  bool is_orderly() const { return code_ == normal || code_ == shutdown; }
  bool is_shutdown() const { return code_ == shutdown; }
  /// The demangled type of the exception; empty otherwise.
  std::string_view type() const;
  std::string_view text() const;
  /// Innermost first: where the process and its tasks were last suspended when the exception left them.
  const std::vector<source_place>& trace() const;

  /// Equal in code, type and text; where it happened does not count.
  friend bool operator==(const exit_reason& left, const exit_reason& right);

 private:
  struct details {
    std::string type;
    std::string text;
    std::vector<source_place> trace;
  };
  exit_reason(code_type code, details about)
      : code_{code}, details_{std::make_shared<const details>(std::move(about))} {}

  code_type code_;
  std::shared_ptr<const details> details_;
};

/// "normal", "killed", "custom: out of paper", "std::runtime_error: as planned (at pump.cpp:12 in serve, server.cpp:40
/// ...)".
std::string to_string(const exit_reason& reason);

/// An exception that knows the exit reason it stands for: leaving a process, it ends it with exactly that reason.
class exit_exception : public std::runtime_error {
 public:
  explicit exit_exception(exit_reason reason);
  const exit_reason& reason() const { return reason_; }

 private:
  exit_reason reason_;
};

template <>
inline constexpr bool enable_sendable<source_place> = true;
template <>
inline constexpr bool enable_sendable<exit_reason> = true;

}  // namespace dialtone
