// SPDX-License-Identifier: Apache-2.0
// The parts of runtime::call and run that need no runtime: the process around a called task, and what main returns.
#pragma once

#include <optional>
#include <type_traits>

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::detail {

template <class Result>
using filled_result = std::optional<std::conditional_t<std::is_void_v<Result>, std::monostate, Result>>;

/// The caller waits for the end of this process, so `result` outlives it.
template <class Result, class... Parameters>
process<> call_body(filled_result<Result>* result, task<Result> (*function)(Parameters...), Parameters... arguments) {
  if constexpr (std::is_void_v<Result>) {
    co_await function(std::move(arguments)...);
    result->emplace();
  } else {
    result->emplace(co_await function(std::move(arguments)...));
  }
}

/// 0 for an orderly end; otherwise 1, and the reason is written to standard error.
int exit_status(const exit_reason& reason);

}  // namespace dialtone::detail
