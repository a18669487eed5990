// SPDX-License-Identifier: Apache-2.0
// What exceptions of others are and say: of users' functions, sinks and telemetry handlers. Not for users.
#pragma once

#include <exception>
#include <string_view>

namespace dialtone::detail {

/// Stands for an exception of another language (of Rust, or what _Unwind_RaiseException raises), which has no
/// std::exception_ptr.
struct foreign_exception : std::exception {
  const char* what() const noexcept override { return "an exception of another language"; }
};

/// The exception that is being handled, to be thrown again elsewhere; never null. In a handler only.
std::exception_ptr caught_exception() noexcept;

/// What it says; empty when it says nothing, be it by a null pointer, which the standard forbids. As long as it lives.
std::string_view exception_text(const std::exception& thrown) noexcept;

/// The same of what is being handled, in words also when it says nothing. In a handler, and as long as that runs.
std::string_view current_exception_text() noexcept;

}  // namespace dialtone::detail
