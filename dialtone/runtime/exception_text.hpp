// SPDX-License-Identifier: Apache-2.0
// What exceptions of others say, for reports: of users' functions, sinks and telemetry handlers. Not for users.
#pragma once

#include <exception>
#include <string_view>

namespace dialtone::detail {

/// What it says; empty when it says nothing, be it by a null pointer, which the standard forbids. As long as it lives.
std::string_view exception_text(const std::exception& thrown) noexcept;

/// The same of what is being handled, in words also when it says nothing. In a handler, and as long as that runs.
std::string_view current_exception_text() noexcept;

}  // namespace dialtone::detail
