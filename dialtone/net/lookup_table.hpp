// SPDX-License-Identifier: Apache-2.0
// Which lookups run and wait, who waits for them, and the answers that are known: what the callers and the workers of a
// system_resolver share. Any thread; nothing here waits.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include <dialtone/base/time.hpp>
#include <dialtone/net/host_cache.hpp>
#include <dialtone/net/system_resolver.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone::detail {

class lookup_table {
 public:
  using waiter = reply_to<host_answer>;

  explicit lookup_table(system_resolver_options options);

  std::optional<host_answer> known(const host_question& question, time_point now);

  struct joined {
    /// There is an answer at once, and none will come.
    std::optional<host_answer> answer;
    /// The caller starts a worker, which takes what waits.
    bool start_worker = false;
  };
  /// From now on `who` waits for the answer, until `deadline`.
  joined join(const host_question& question, waiter who, time_point deadline, time_point now);

  /// The next lookup for a worker; empty: the worker ends. Drops what nobody waits for any more.
  std::optional<host_question> next(time_point now);
  /// Keeps the answer; returns to whom it goes.
  std::vector<waiter> finish(const host_question& question, const host_answer& answer, time_point now);
  /// A worker that should have been started was not: returns who then waits for `question` in vain.
  std::vector<waiter> not_started(const host_question& question);
  /// A worker has died in the middle of `question`; who waits for it will have no answer, and who asks next begins
  /// anew.
  void worker_died(const std::optional<host_question>& question);

  /// What a worker does on a thread of the pool.
  host_answer look_up(const host_question& question) const;

 private:
  struct lookup {
    std::vector<waiter> waiters;
    time_point deadline;  // of the most patient of them
  };
  std::vector<waiter> take_waiters(const host_question& question);
  duration time_to_live(const host_answer& answer) const;

  const system_resolver_options options_;
  std::mutex guard_;
  host_cache cache_;                                   // under guard_
  std::unordered_map<host_question, lookup> lookups_;  // those that run or wait; under guard_
  std::deque<host_question> waiting_;                  // under guard_
  std::size_t workers_ = 0;                            // under guard_
};

/// Workers hold the table too, as a message may.
struct shared_lookup_table {
  std::shared_ptr<lookup_table> table;
  lookup_table* operator->() const { return table.get(); }
};

}  // namespace dialtone::detail

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::detail::shared_lookup_table> = true;
