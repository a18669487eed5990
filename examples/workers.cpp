// SPDX-License-Identifier: Apache-2.0
// A pool of workers as a supervision tree: a queue hands out jobs, three workers take them. A job that crashes its
// worker is handed out once more, to whoever asks next; the supervisor has a new worker by then.
#include <deque>
#include <map>
#include <stdexcept>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;

struct job {
  int number;
  int attempt = 1;
};

class job_queue : public dt::gen_server<job_queue> {
 public:
  struct add {
    job what;
  };
  struct take {
    using reply = job;
  };
  struct finished {
    dt::pid worker;
    int result;
  };
  struct results {
    using reply = std::map<int, int>;
    std::size_t count;
  };
  using infos = dt::messages<dt::down>;

  void handle_cast(add added) {
    waiting_.push_back(added.what);
    hand_out();
  }
  // The reply leaves when there is a job: a worker waits for as long as it takes.
  void handle_call(take, dt::reply_to<job> from) {
    idle_.push_back(from);
    hand_out();
  }
  void handle_cast(finished done) {
    results_[running_.at(done.worker).what.number] = done.result;
    dt::demonitor(running_.at(done.worker).watch, dt::demonitor_mode::flush);
    running_.erase(done.worker);
    report();
  }
  void handle_info(const dt::down& ended) {
    auto lost = running_.find(ended.pid);
    if (lost == running_.end()) return;
    waiting_.push_front({lost->second.what.number, lost->second.what.attempt + 1});
    running_.erase(lost);
    hand_out();
  }
  void handle_call(results asked, dt::reply_to<std::map<int, int>> from) {
    wanted_ = asked.count;
    reporter_ = from;
    report();
  }

 private:
  struct started {
    job what;
    dt::reference watch;
  };

  void hand_out() {
    while (!waiting_.empty() && !idle_.empty()) {
      auto worker = idle_.front();
      running_[worker.caller] = {waiting_.front(), dt::monitor(worker.caller)};
      dt::reply(worker, waiting_.front());
      waiting_.pop_front();
      idle_.pop_front();
    }
  }
  void report() {
    if (reporter_ && results_.size() == wanted_) dt::reply(*reporter_, results_);
  }

  std::deque<job> waiting_;
  std::deque<dt::reply_to<job>> idle_;
  std::map<dt::pid, started> running_;
  std::map<int, int> results_;
  std::size_t wanted_ = 0;
  std::optional<dt::reply_to<std::map<int, int>>> reporter_;
};

dt::process<> worker() {
  dt::named<job_queue> queue{"jobs"};
  for (;;) {
    job what = co_await queue.call(job_queue::take{}, dt::infinity);
    if (what.number == 3 && what.attempt == 1) throw std::runtime_error{"job 3 did not work the first time"};
    queue.cast(job_queue::finished{dt::self(), what.number * what.number});
  }
}

dt::supervisor_spec workers() {
  return {.intensity = 5, .children = {dt::child("a", worker), dt::child("b", worker), dt::child("c", worker)}};
}

// Without the queue the workers are nothing: when it ends, they are started again behind it.
dt::supervisor_spec pool() {
  return {.strategy = dt::supervisor_strategy::rest_for_one,
          .children = {dt::child<job_queue>("queue").spawn({.name = "jobs"}), dt::child("workers", workers())}};
}

dt::process<> first() {
  fmt::print("{}", dt::sketch(pool()));
  auto top = co_await dt::start_link(pool());
  dt::named<job_queue> queue{"jobs"};
  for (int number = 1; number <= 5; ++number) queue.cast(job_queue::add{{number}});
  auto results = co_await queue.call(job_queue::results{5});
  for (auto [number, result] : results) fmt::print("job {}: {}\n", number, result);
  co_await top.stop();
}

int main() { return dt::run({.level = dt::log_level::off}, first); }
