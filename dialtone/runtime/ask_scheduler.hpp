// SPDX-License-Identifier: Apache-2.0
// A question to a scheduler, answered on its thread between two slices: how anybody may know what only that one may
// look at. For the rooms of the library; inside a process.
#pragma once

#include <chrono>
#include <optional>

#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::detail {

template <class Answer>
struct question : signal {
  /// `about` is what the asker has named: a pid, or anybody_at a scheduler.
  using answer_function = Answer (*)(scheduler&, pid about);
  question(pid about, reply_to<Answer> reply, answer_function answer);
  static void handle(scheduler& home, process_block*, signal* taken) {
    auto& self = static_cast<question&>(*taken);
    auto* answer = make_signal<reply_signal<Answer>>(self.reply.name, self.answer(home, self.to));
    answer->to = self.reply.caller;
    home.route(answer);
    destroy(taken);
  }
  reply_to<Answer> reply;
  answer_function answer;
};
template <class Answer>
constexpr signal_type question_type{&question<Answer>::handle, &destroy_signal<question<Answer>>,
                                    sizeof(question<Answer>), &type_name<Answer>};
template <class Answer>
question<Answer>::question(pid about, reply_to<Answer> reply, answer_function answer)
    : signal{&question_type<Answer>, about, {}}, reply{reply}, answer{answer} {}

/// Empty: the scheduler has not answered within five seconds. Resumed by the caller's.
template <class Answer>
task<std::optional<Answer>> ask_scheduler(pid about, Answer (*answer)(scheduler&, pid)) {
  constexpr duration limit = std::chrono::seconds{5};
  pending_reply<Answer> pending;
  this_scheduler_of_process().route(make_signal<question<Answer>>(about, pending.address(), answer));
  auto outcome = co_await pending.within(limit);
  if (!outcome) co_return std::nullopt;
  co_return std::move(*outcome);
}

}  // namespace dialtone::detail
