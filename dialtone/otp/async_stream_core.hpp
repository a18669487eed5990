// SPDX-License-Identifier: Apache-2.0
// The machine of a stream of async tasks, without its types: which items run, which have finished, what comes next. For
// async_stream.hpp only; in its owner's process, touched by the owner's scheduler alone.
#pragma once

#include <list>
#include <memory>

#include <dialtone/otp/async_await.hpp>
#include <dialtone/otp/async_child.hpp>
#include <dialtone/runtime/process_block.hpp>
#include <dialtone/runtime/spawn_options.hpp>
#include <dialtone/runtime/timer_wheel.hpp>

namespace dialtone {

/// What happens when an item of a stream is not ready in its time. Its process is killed in any case.
enum class stream_timeout : std::uint8_t {
  exit,       ///< the next await of the owner's throws await_failed with `timeout`
  kill_task,  ///< `timeout` is the outcome of the item
};

/// What happens to an item whose process cannot be started.
enum class stream_refusal : std::uint8_t {
  exit,     ///< next() throws why, and the item is lost
  outcome,  ///< the reason with which that would end the owner is the outcome of the item
};

struct async_stream_options {
  /// How many items may run, or be finished and not taken. By default as many as the runtime has schedulers.
  std::size_t max_concurrency = runtime_default;
  /// Outcomes come in the order of the items; otherwise as they get ready.
  bool ordered = true;
  /// For each item, from its start; duration::max() for none.
  duration timeout = default_await_timeout;
  stream_timeout on_timeout = stream_timeout::exit;
  stream_refusal on_refusal = stream_refusal::exit;
  /// Of the items that are children of a supervisor, as in async_child_options.
  duration shutdown = std::chrono::seconds{5};
  /// Of the process of each item; a name can be had by one of them only.
  spawn_options process = {.scheduler = placement::spread()};
};

namespace detail {

class stream_core;

/// An item whose process starts or runs, or whose outcome waits to be taken.
struct stream_item : pending_reply_base, timer_node {
  stream_item(stream_core& stream, std::uint64_t index);
  ~stream_item();
  /// Its process has been started, or not.
  void began(std::expected<pid, spawn_error> started);
  /// Its process is to be started by a supervisor.
  void begin_under(dynamic_supervisor_ref supervisor, async_work work);
  void started_under(std::expected<pid, async_refused> answer);
  void begin_timer();
  void stop_timer();
  static void time_is_up(timer_node& timer) noexcept;

  class start_under;  // a supervised_start
  stream_core& stream;
  const std::uint64_t index;
  pid process;
  std::list<stream_item>::iterator place;
  stream_item* next_done = nullptr;
  std::unique_ptr<start_under> start;
  std::optional<async_refused> refused;
};

class stream_core : owned_resource {
 public:
  stream_core(async_stream_options options, bool linked);
  virtual ~stream_core();
  stream_core(const stream_core&) = delete;

  void check_owner() const;
  pid owner() const { return owner_; }
  const async_stream_options& options() const { return options_; }
  /// Starts as many items as may be; true when there is something to say: an outcome, or the end. Of those that run the
  /// first has the least time left, so one whose time is up is news in any order.
  bool advance();
  bool has_news() const { return items_.empty() || first() != nullptr; }
  /// The item whose outcome comes next; null at the end. Throws when a time is up and that ends the owner.
  stream_item* take_first();
  /// The outcome has been taken.
  void remove(stream_item& taken);
  /// Of the item that was taken last.
  std::uint64_t index() const { return index_; }

  waiter* waiting = nullptr;

 protected:
  /// Starts the process of the next item, which is `item`; false when there is none.
  virtual bool start_next(stream_item& item) = 0;

  const async_stream_options options_;
  const pid owner_;
  std::uint64_t pulled_ = 0;  // items that the source has given, also those that could not be started

 private:
  friend stream_item;
  bool start_one();
  stream_item* first() const;
  void item_completed(stream_item& item);
  void item_failed(const stream_item& item);
  void item_refused(stream_item& item, exit_reason reason);
  void wake_owner();
  void kill_running();
  static void completed(pending_reply_base& pending);
  static void owner_died(owned_resource& stream, scheduler& home);

  const std::size_t max_concurrency_;
  const bool linked_;
  bool exhausted_ = false;
  bool overdue_ = false;
  std::uint64_t index_ = 0;
  mutable std::list<stream_item> items_;  // in the order of their start
  stream_item* first_done_ = nullptr;     // in the order of their completion; where that is what counts
  stream_item** last_done_ = &first_done_;
};

/// Waits for the next outcome of a stream.
class stream_wait : public plain_wait {
 public:
  explicit stream_wait(stream_core& stream) : stream_{stream} {}
  ~stream_wait() { stream_.waiting = nullptr; }
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine);

 protected:
  stream_core& stream_;
};

template <class Result>
class typed_stream_wait : public stream_wait {
 public:
  using stream_wait::stream_wait;
  std::optional<async_outcome<Result>> await_resume() {
    process = nullptr;
    stream_item* taken = stream_.take_first();
    if (taken == nullptr) return std::nullopt;
    std::optional<async_outcome<Result>> outcome;
    if (taken->arrived != nullptr)
      outcome.emplace(value_of_reply<Result>(*taken));
    else
      outcome.emplace(std::unexpected{std::move(*taken->failure)});
    stream_.remove(*taken);
    return outcome;
  }
};

}  // namespace detail

}  // namespace dialtone
