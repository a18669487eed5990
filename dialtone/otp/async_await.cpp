// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_await.hpp>

namespace dialtone {

namespace {

// As a normal end it would not disturb a supervisor, though the owner has not done its work.
exit_reason reason_of(const exit_reason& why) {
  if (why.code() != exit_reason::normal) return why;
  return exit_reason::custom_text("an awaited task has ended normally, without a result");
}

}  // namespace

await_failed::await_failed(exit_reason why) : exit_exception{reason_of(why)}, why_{std::move(why)} {}

}  // namespace dialtone
