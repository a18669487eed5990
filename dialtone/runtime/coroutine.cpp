// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/coroutine.hpp>

#include <cxxabi.h>
#include <cstdlib>

#include <dialtone/runtime/exception_text.hpp>
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>

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

std::string name_of_current_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "unknown exception";
  int status = 0;
  char* demangled = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? demangled : type->name();
  std::free(demangled);
  return name;
}

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
  std::vector<source_place> trace;
  if (passing.exception == std::current_exception()) trace = passing.trace;
  try {
    throw;
  } catch (const exit_unwind&) {
    return details(*this_core->current).doom;
  } catch (const exit_exception& failure) {
    return failure.reason();
  } catch (const std::exception& failure) {
    return exit_reason::of_exception(name_of_current_exception(), std::string{exception_text(failure)},
                                     std::move(trace));
  } catch (...) {
    return exit_reason::of_exception(name_of_current_exception(), {}, std::move(trace));
  }
}

bool take_back_exit() {
  process_block& process = *this_core->current;
  try {
    throw;
  } catch (const exit_unwind&) {
    if (process.has(crashed) || details(process).doom.code() == exit_reason::killed) return false;
    process.flags &= ~std::uint32_t{doomed};
    return true;
  } catch (...) {
    return false;
  }
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
