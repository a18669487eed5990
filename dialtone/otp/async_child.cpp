// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_child.hpp>

#include <dialtone/otp/dynamic_supervisor_server.hpp>
#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/system_signals.hpp>

namespace dialtone {

namespace {

exit_reason reason_of_caller(const child_error& error, exit_reason reason) {
  if (reason != exit_reason::normal) return reason;
  return exit_reason::custom_text("an async task was not started: " + to_string(error));
}

}  // namespace

async_refused::async_refused(child_error error, exit_reason reason)
    : exit_exception{reason_of_caller(error, std::move(reason))}, error_{std::move(error)} {}

namespace detail {

// --- the child ---

namespace {

void take_offer_back(job_address waiting) {
  if (waiting.child.scheduler() == this_core->index)
    fail_reply(this_scheduler(), waiting.name, exit_reason::noproc);
  else
    refuse_reply(*this_core, waiting.child, waiting.name);
}

void handle_greeting(scheduler& home, process_block* receiver, signal* taken) {
  auto* greeting = static_cast<reply_signal<job_address>*>(taken);
  const job_address waiting = greeting->value;
  const pending_reply_base* owner = home.replies.find(greeting->name);
  const bool comes_too_late = owner == nullptr || owner->complete();
  handle_reply(home, receiver, taken, greeting->name);
  if (comes_too_late) take_offer_back(waiting);
}

using greeting_signal = reply_signal<job_address>;
constexpr signal_type greeting_type{&handle_greeting, &destroy_signal<greeting_signal>, sizeof(greeting_signal),
                                    &type_name<greeting_signal>};

}  // namespace

void greet(const async_offer& offer, job_address waiting) {
  signal& made = *make_signal<greeting_signal>(offer.greeting, waiting);
  made.type = &greeting_type;
  made.to = offer.owner;
  if (offer.owner.scheduler() == this_core->index) return handle_greeting(this_scheduler(), nullptr, &made);
  this_core->send_remote(made);
}

void packed_job::send_to(job_address child) {
  address_(*packed_, child.name);
  send_reply(child.child, *packed_.release(), child.name);
}

// --- the owner ---

std::expected<pid, async_refused> async_answer(pid supervisor,
                                               std::expected<std::expected<pid, child_error>, exit_reason> answer) {
  if (!answer)
    return std::unexpected{
        async_refused{{child_error::no_answer, supervisor, to_string(answer.error())}, answer.error()}};
  if (!*answer) return std::unexpected{async_refused{std::move(answer->error()), exit_reason::normal}};
  return **answer;
}

namespace {

using start_request = dynamic_supervisor_server::start_request;

std::unexpected<async_refused> ended_too_early(const exit_reason& reason) {
  return std::unexpected{
      async_refused{{child_error::start_failed, {}, "it ended before it had begun: " + to_string(reason)}, reason}};
}

}  // namespace

supervised_start::supervised_start(dynamic_supervisor_ref supervisor, const pending_reply_base& result, async_work work)
    : asked_{supervisor.pid(), *this},
      greeting_{*this},
      offer_{calling_process().self(), greeting_.name, result.name},
      work_{std::move(work)} {}

supervised_start::~supervised_start() {
  if (has_job_left() && is_greeted()) take_offer_back(address());
}

void supervised_start::ask(const async_child_options& options, void (*progress)(supervised_start&)) {
  progress_ = progress;
  if (progress != nullptr) {
    asked_.completed = [](pending_reply_base& answered) {
      supervised_start& start = static_cast<request&>(answered).start;
      start.progress_(start);
    };
    greeting_.completed = [](pending_reply_base& greeted) {
      supervised_start& start = static_cast<greeting&>(greeted).start;
      start.progress_(start);
    };
  }
  child_spec spec = child(options.id, work_.body, offer_);
  spec.restart(restart_type::temporary).shutdown(options.shutdown).spawn(options.process);
  asked_.send<call_signal<dynamic_supervisor_server, start_request>, start_request::reply>(
      start_request{std::move(spec)});
}

std::expected<pid, async_refused> supervised_start::answer() {
  return async_answer(asked_.server, asked_.take_answer<start_request::reply>());
}

void supervised_start::give_job() { work_.job.send_to(address()); }

task<std::expected<void, async_refused>> supervised_start::finish(async_state* state, bool linked) {
  auto child = async_answer(asked_.server, co_await typed_reply_wait<start_request::reply>{asked_, infinity});
  if (!child) co_return std::unexpected{std::move(child.error())};
  state->began(*child);
  greeting_.watch(*child);
  auto greeted = co_await typed_reply_wait<job_address>{greeting_, infinity};
  if (!greeted) co_return ended_too_early(greeted.error());
  if (state->complete()) co_return ended_too_early(*state->failure);
  if (linked) link(*child);
  give_job();
  co_return std::expected<void, async_refused>{};
}

}  // namespace detail

}  // namespace dialtone
