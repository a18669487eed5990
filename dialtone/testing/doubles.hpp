// SPDX-License-Identifier: Apache-2.0
// Small processes that behave in one well-known way, for tests of whoever has to live with such: supervisors, callers,
// pools. Functions for spawn, or for a supervisor's child:
//
//   dt::child("bad", testing::ignore_shutdown).shutdown(100ms)
//   dt::pid server = rt.spawn(testing::never_reply);
//   dt::send(co_await dt::start_link(...), testing::end_now{dt::exit_reason::kill});
//
// Each runs until it is told to end or killed.
#pragma once

#include <dialtone/base/sendable.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone::testing {

/// Tells `crash_when_told` to end now.
struct end_now {
  exit_reason reason = exit_reason::normal;
};

/// Ends at once with `reason`.
process<> crash(exit_reason reason);

/// Ends at once by an exception, a std::runtime_error with this text.
process<> throw_at_once(std::string text);

/// Ends with the reason of the first end_now that it is sent.
process<> crash_when_told();

/// Traps exits and takes no notice of them, whoever sends them: only `kill` ends it.
process<> ignore_shutdown();

/// Takes no message and answers no call. What it is sent fills its mailbox.
process<> never_reply();

template <class Type>
struct echo_request {
  Type value;
  reply_to<Type> reply;
};

/// Answers each echo_request<Type> with its value:
///
///   dt::pending_reply<int> answer{server};
///   dt::send(server, testing::echo_request<int>{5, answer.address()});
///   EXPECT_EQ(co_await answer.within(1s), 5);
template <class Type>
process<> echo() {
  for (;;) {
    auto asked = co_await receive<echo_request<Type>>();
    reply(asked.reply, std::move(asked.value));
  }
}

}  // namespace dialtone::testing
