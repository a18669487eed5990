// SPDX-License-Identifier: Apache-2.0
// The start of an async task whose process is a child of a dynamic supervisor. The supervisor knows nothing of what the
// child shall do: the child greets its owner, and gets from it the function and the arguments, its job, when the owner
// watches it. So arguments may be move-only, and none of them is ever in the supervisor's hands. For the headers of
// async only.
//
//   owner                     supervisor          child
//     | -- start_request -------> |
//     |                           | -- spawn ----> |
//     | <-- its pid ------------- |                |
//     | <-- greeting: where it waits for its job - |
//     | -- job ----------------------------------> |
//     | <-- result ------------------------------- |
//
// A child whose owner is not there to give it a job ends with `shutdown`: when the owner has died, it sees that; when
// the owner has given the start up, the greeting finds nobody and ends it.
#pragma once

#include <dialtone/otp/async_state.hpp>
#include <dialtone/otp/dynamic_supervisor.hpp>

namespace dialtone {

/// Of the child that an async task is to its supervisor.
struct async_child_options {
  /// What the supervisor calls it; need not be unique.
  std::string id = "async";
  /// How long it may take to end after `shutdown`, when its supervisor ends; infinity; or brutal_kill.
  duration shutdown = std::chrono::seconds{5};
  /// Name, placement, limits of its process.
  spawn_options process = {};
};

/// A supervisor has not started an async task. Uncaught, it ends the caller with the reason of a supervisor that has
/// ended, else with a custom reason that says what `error()` is.
class async_refused : public exit_exception {
 public:
  async_refused(child_error error, exit_reason reason);
  const child_error& error() const { return error_; }

 private:
  child_error error_;
};

namespace detail {

/// What a child is told by its specification: whose it is, and the names under which the owner waits.
struct async_offer {
  pid owner;
  reference greeting;
  reference result;
};

/// Where a child waits for its job.
struct job_address {
  pid child;
  reference name;
};

/// Tells the owner; ends the calling process where nobody waits any more.
void greet(const async_offer& offer, job_address waiting);

template <class Returned, class... Parameters>
struct async_job {
  Returned operator()() {
    return std::apply([this](Parameters&... each) { return function(std::move(each)...); }, arguments);
  }
  Returned (*function)(Parameters...);
  std::tuple<Parameters...> arguments;
};

template <class Job>
task<Job> receive_job(async_offer offer) {
  pending_reply<Job> told{offer.owner};
  const reply_to<Job> address = told.address();
  greet(offer, {address.caller, address.name});
  auto job = co_await told.within(infinity);
  if (!job) exit(exit_reason::shutdown);
  tell_async_begins(offer.owner);
  co_return std::move(*job);
}

/// The child's process. The job, with what was given to it, is gone before its result is seen.
template <class Returned, class... Parameters>
process<> answer_when_told(async_offer offer) {
  using job = async_job<Returned, Parameters...>;
  using result = typename value_of_async<Returned>::type;
  const reply_to<result> owner{offer.owner, offer.result};
  if constexpr (std::is_void_v<result>) {
    if constexpr (is_task<Returned>)
      co_await (co_await receive_job<job>(offer))();
    else
      (co_await receive_job<job>(offer))();
    reply(owner);
  } else if constexpr (is_task<Returned>) {
    result value = co_await (co_await receive_job<job>(offer))();
    reply(owner, std::move(value));
  } else {
    result value = (co_await receive_job<job>(offer))();
    reply(owner, std::move(value));
  }
}

/// A job that waits for its child. It is made by its owner, so that nothing of a user's runs when it leaves.
class packed_job {
 public:
  template <class Job>
  explicit packed_job(Job job)
      : packed_{make_signal<reply_signal<Job>>(reference{}, std::move(job))},
        address_{[](signal& packed, reference name) { static_cast<reply_signal<Job>&>(packed).name = name; }} {}
  void send_to(job_address child);
  bool is_sent() const { return packed_ == nullptr; }

 private:
  struct destroyer {
    void operator()(signal* packed) const { destroy(packed); }
  };
  std::unique_ptr<signal, destroyer> packed_;
  void (*address_)(signal& packed, reference name);
};

/// What a child of a supervisor is to do for its owner.
struct async_work {
  packed_job job;
  process<> (*body)(async_offer);
};

template <class Returned, class... Parameters, class... Arguments>
async_work work_of(Returned (*function)(Parameters...), Arguments&&... arguments) {
  using job = async_job<Returned, Parameters...>;
  return {packed_job{job{function, {static_cast<Parameters>(std::forward<Arguments>(arguments))...}}},
          &answer_when_told<Returned, Parameters...>};
}

/// What a supervisor has answered to a request for a start.
std::expected<pid, async_refused> async_answer(pid supervisor,
                                               std::expected<std::expected<pid, child_error>, exit_reason> answer);

/// The owner's side of a start, from the request to the supervisor until the child has its job. Destroyed before that,
/// it takes the offer back, and the child ends.
class supervised_start {
 public:
  /// For the result that `result` waits for.
  supervised_start(dynamic_supervisor_ref supervisor, const pending_reply_base& result, async_work work);
  supervised_start(const supervised_start&) = delete;
  supervised_start& operator=(const supervised_start&) = delete;
  ~supervised_start();

  /// Who does not wait has `progress` called whenever something has come: on the owner's scheduler, where the owner
  /// need not run.
  void ask(const async_child_options& options, void (*progress)(supervised_start&) = nullptr);
  bool is_answered() const { return asked_.complete(); }
  /// What the supervisor has answered; once.
  std::expected<pid, async_refused> answer();
  bool is_greeted() const { return greeting_.arrived != nullptr; }
  bool has_job_left() const { return !work_.job.is_sent(); }
  void give_job();
  /// Waits for all that comes and gives the job, in the owner's process: `state` is that of the result.
  task<std::expected<void, async_refused>> finish(async_state* state, bool linked);

 private:
  struct request : sent_request {
    request(pid server, supervised_start& start) : sent_request{server}, start{start} {}
    supervised_start& start;
  };
  struct greeting : pending_reply_base {
    explicit greeting(supervised_start& start) : start{start} {}
    supervised_start& start;
  };
  job_address address() const { return static_cast<const reply_signal<job_address>*>(greeting_.arrived)->value; }

  request asked_;
  greeting greeting_;
  async_offer offer_;
  async_work work_;
  void (*progress_)(supervised_start&) = nullptr;
};

}  // namespace detail

template <>
inline constexpr bool enable_sendable<detail::async_offer> = true;
template <>
inline constexpr bool enable_sendable<detail::job_address> = true;
template <class Returned, class... Parameters>
inline constexpr bool enable_sendable<detail::async_job<Returned, Parameters...>> = true;

}  // namespace dialtone
