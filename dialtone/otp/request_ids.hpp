// SPDX-License-Identifier: Apache-2.0
// Many requests under way at once, whose answers are taken in the order in which they come (OTP's request-id
// collections). They have one type of reply, and a label each, by which the caller knows what an answer is for.
//
//   dt::request_ids<int, std::string> asked;
//   for (auto& [name, server] : counters)
//     if (!asked.add(server, counter::total{}, name)) break;                    // at the limit
//   while (auto answer = co_await asked.next(1s))                               // empty: none is left, or time is up
//     use(answer->label, answer->reply);                                        // std::expected<int, dt::exit_reason>
//
// An answer costs the same however many there are. The collection neither copies nor moves; going out of scope it gives
// up the answers that have not come. In one process only; resumed by its scheduler.
#pragma once

#include <list>
#include <optional>

#include <dialtone/otp/server.hpp>

namespace dialtone {

namespace detail {

struct collected_request;

/// The answers that have come, first in, first out, and who waits for one.
class answer_queue {
 public:
  bool is_empty() const { return first_ == nullptr; }
  void push(collected_request& answered);
  /// Null when none has come.
  collected_request* pop();

  class answer_wait* waiting = nullptr;

 private:
  collected_request* first_ = nullptr;
  collected_request** last_ = &first_;
};

struct collected_request : sent_request {
  collected_request(pid server, answer_queue& queue) : sent_request{server}, queue{queue} {
    completed = &answer_arrived;
  }
  static void answer_arrived(pending_reply_base& pending);
  answer_queue& queue;
  collected_request* next_answered = nullptr;
  bool is_queued = false;
};

template <class Server, class Request, class Reply>
consteval bool check_collected() {
  if constexpr (!check_call_request<Server, Request>()) {
    return false;
  } else {
    constexpr bool fits = std::is_same_v<typename Request::reply, Reply>;
    static_assert(fits, "dialtone: the requests of one collection have its type of reply");
    return fits;
  }
}

/// Waits for one answer; woken by the first that comes, or when time is up.
class answer_wait : public plain_wait {
 public:
  answer_wait(answer_queue& queue, bool hopeless, duration limit)
      : queue_{queue}, hopeless_{hopeless || limit <= duration::zero()}, timer_{limit} {}
  ~answer_wait() {
    if (queue_.waiting == this) queue_.waiting = nullptr;
  }
  bool await_ready() { return ends_at_once() && this_core->may_continue(); }
  void await_suspend(std::coroutine_handle<> coroutine);

 private:
  friend answer_queue;
  bool ends_at_once() const { return hopeless_ || !queue_.is_empty(); }
  static void time_is_up(waiter& waiting);
  answer_queue& queue_;
  bool hopeless_;
  wait_timer timer_;
};

}  // namespace detail

template <class Reply, class Label>
class request_ids {
 public:
  /// Requests under way at once: some 16 MB.
  static constexpr std::size_t default_limit = 65'536;

  struct answer {
    Label label;
    std::expected<Reply, exit_reason> reply;
  };

  explicit request_ids(std::size_t limit = default_limit) : limit_{limit} {}
  request_ids(const request_ids&) = delete;
  request_ids& operator=(const request_ids&) = delete;

  /// Asks. False: as many as may be are under way, and nothing has been sent.
  template <class Server, class Derived, class Request>
  [[nodiscard("at the limit nothing is sent")]] bool add(const server_requests<Server, Derived>& to, Request request,
                                                         Label label) {
    if constexpr (detail::check_collected<Server, Request, Reply>()) {
      if (requests_.size() >= limit_) return false;
      request_in& made = requests_.emplace_front(static_cast<const Derived&>(to).pid(), answers_, std::move(label));
      made.place = requests_.begin();
      made.template send<detail::call_signal<Server, Request>, Reply>(std::move(request));
      if (!made.is_queued && made.complete()) made.answer_arrived(made);
    }
    return true;
  }

  /// Those whose answers have not been taken.
  std::size_t size() const { return requests_.size(); }

  /// The next answer that has come or comes within `limit`. Empty at once when no request is left, and when time is up:
  /// the requests stay then. One wait at a time.
  [[nodiscard("a wait must be awaited")]] auto next(duration limit) { return next_wait{*this, limit}; }
  /// As next, until a point of time: one deadline for all of them.
  [[nodiscard("a wait must be awaited")]] auto next(time_point deadline) {
    return next_wait{*this, delay_until(now(), deadline)};
  }

  /// An answer that has come, without waiting.
  std::optional<answer> check() {
    auto* answered = static_cast<request_in*>(answers_.pop());
    if (answered == nullptr) return {};
    std::optional<answer> result{std::in_place, std::move(answered->label), answered->template take_answer<Reply>()};
    requests_.erase(answered->place);
    return result;
  }

 private:
  struct request_in : detail::collected_request {
    request_in(pid server, detail::answer_queue& queue, Label label)
        : collected_request{server, queue}, label{std::move(label)} {}
    Label label;
    typename std::list<request_in>::iterator place;
  };
  struct next_wait : detail::answer_wait {
    next_wait(request_ids& asked, duration limit)
        : answer_wait{asked.answers_, asked.requests_.empty(), limit}, asked{asked} {}
    std::optional<answer> await_resume() {
      this->process = nullptr;
      return asked.check();
    }
    request_ids& asked;
  };

  std::size_t limit_;
  detail::answer_queue answers_;
  std::list<request_in> requests_;
};

}  // namespace dialtone
