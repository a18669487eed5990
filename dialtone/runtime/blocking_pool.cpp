// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/blocking_pool.hpp>

#include <limits>
#include <system_error>
#include <utility>

namespace dialtone::detail {

namespace {

thread_local const blocking_pool* working_for = nullptr;

struct function_job : blocking_job {
  explicit function_job(std::function<void()> f) : f{std::move(f)} {
    run = [](blocking_job& job, bool) {
      auto& self = static_cast<function_job&>(job);
      self.f();
      delete &self;
    };
  }
  std::function<void()> f;
};

}  // namespace

blocking_pool::blocking_pool(std::uint32_t thread_limit, std::size_t queue_limit, threading threads)
    : thread_limit_{thread_limit == 0 ? 1 : thread_limit}, queue_limit_{queue_limit}, threads_{threads} {}

blocking_pool::~blocking_pool() { stop(); }

bool blocking_pool::is_worker() const { return working_for == this; }

bool blocking_pool::submit(blocking_job& job) { return add(job, queue_limit_); }

void blocking_pool::run(std::function<void()> f) {
  auto& job = *new function_job{std::move(f)};
  try {
    add(job, std::numeric_limits<std::size_t>::max());
  } catch (const std::system_error&) {
    job.run(job, false);
  }
}

bool blocking_pool::add(blocking_job& job, std::size_t limit) {
  std::unique_lock lock{guard_};
  if (threads_ == threading::stepped || stopping_) {
    lock.unlock();
    job.run(job, false);
    return true;
  }
  if (waiting_ >= limit) return false;
  if (waiting_ + 1 > idle_ && workers_.size() < thread_limit_) start_worker();
  job.next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = &job;
  last_ = &job;
  ++waiting_;
  lock.unlock();
  wake_.notify_one();
  return true;
}

// Before the job is in the queue, which nobody could take it out of. With other threads the job waits for one of them.
void blocking_pool::start_worker() {
  try {
    workers_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    if (workers_.empty()) throw;
  }
}

void blocking_pool::work() {
  working_for = this;
  std::unique_lock lock{guard_};
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return first_ != nullptr || stopping_; });
    --idle_;
    if (first_ == nullptr) return;
    blocking_job& job = *first_;
    first_ = job.next;
    --waiting_;
    bool cancelled = stopping_;
    lock.unlock();
    job.run(job, cancelled);
    lock.lock();
  }
}

bool blocking_pool::hold(blocking_job& job) {
  std::lock_guard lock{guard_};
  if (!stopping_) held_.push_back(&job);
  return !stopping_;
}

void blocking_pool::run_held(blocking_job& job) {
  {
    std::lock_guard lock{guard_};
    if (std::erase(held_, &job) == 0) return;  // it was cancelled at the end
  }
  job.run(job, false);
}

void blocking_pool::stop() {
  std::vector<std::thread> ended;
  std::vector<blocking_job*> never_run;
  {
    std::lock_guard lock{guard_};
    stopping_ = true;
    ended.swap(workers_);
    never_run.swap(held_);
  }
  for (blocking_job* job : never_run) job->run(*job, true);
  wake_.notify_all();
  for (std::thread& worker : ended) worker.join();
}

}  // namespace dialtone::detail
