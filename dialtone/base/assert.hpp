// SPDX-License-Identifier: Apache-2.0
// Assertions for faults of our own or of the caller's: always on, one condition each, with a sentence for who reads it.
// They end the operating system's process (abort), because after them nothing can be trusted.
#pragma once

namespace dialtone::detail {

[[noreturn]] void assertion_failed(const char* condition, const char* sentence, const char* file, int line) noexcept;

}  // namespace dialtone::detail

/// Ends the program with `sentence` when `condition` is false.
#define DIALTONE_ASSERT(condition, sentence) \
  ((condition) ? static_cast<void>(0) : ::dialtone::detail::assertion_failed(#condition, sentence, __FILE__, __LINE__))
