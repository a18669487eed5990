// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/coroutine.hpp>

#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/thrown.hpp>

namespace dialtone {

namespace detail {

namespace {

source_place place_of(const std::source_location& where) {
  return {where.file_name(), where.line(), where.function_name()};
}

// The way of the exception that passes through the coroutines of the running process now. An exception that is caught
// and another one thrown starts a new way.
struct unwinding {
  std::exception_ptr exception;
  std::vector<source_place> trace;
};
thread_local unwinding passing;

}  // namespace

void note_unwinding(const std::source_location& place) {
  std::exception_ptr now = std::current_exception();
  if (passing.exception != now) {
    passing.exception = now;
    passing.trace.clear();
  }
  if (place.line() != 0) passing.trace.push_back(place_of(place));
}

void core::check_memory(process_block& process) {
  if (process.bytes <= process.details->memory_limit || process.has(doomed | dying | finished)) return;
  process.flags |= crashed;
  static_cast<scheduler&>(*this).doom(process, exit_reason::memory_limit);
}

exit_reason reason_of_current_exception() {
  const thrown failure;
  if (failure.as<exit_unwind>() != nullptr) return details(*this_core->current).doom;
  if (const auto* with_reason = failure.as<exit_exception>()) return with_reason->reason();
  std::vector<source_place> trace;
  if (passing.exception == failure.pointer()) trace = passing.trace;
  return exit_reason::of_exception(failure.type(), std::string{failure.text()}, std::move(trace));
}

bool take_back_exit() {
  process_block& process = *this_core->current;
  if (thrown{}.as<exit_unwind>() == nullptr) return false;
  if (process.has(crashed) || details(process).doom.code() == exit_reason::killed) return false;
  process.flags &= ~std::uint32_t{doomed};
  return true;
}

void doom_by_exception(process_block& ended, const std::source_location& place) {
  note_unwinding(place);
  exit_reason reason = reason_of_current_exception();
  passing = {};
  if (ended.has(doomed)) return;
  if (!reason.is_orderly()) ended.flags |= crashed;
  this_scheduler().doom(ended, std::move(reason));
}

}  // namespace detail

void process<void>::promise_type::unhandled_exception() noexcept {
  detail::process_block& ended = *detail::this_core->current;
  detail::doom_by_exception(ended, place);
  ended.flags |= detail::finished;
}

}  // namespace dialtone
