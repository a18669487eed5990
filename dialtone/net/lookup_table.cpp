// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/lookup_table.hpp>

#include <algorithm>
#include <utility>

namespace dialtone::detail {

namespace {

host_answer refused() { return std::unexpected{net_error{net_operation::resolve, net_error::system_limit}}; }

}  // namespace

lookup_table::lookup_table(system_resolver_options options)
    : options_{std::move(options)}, cache_{options_.cache_limit} {}

std::optional<host_answer> lookup_table::known(const host_question& question, time_point now) {
  const std::lock_guard lock{guard_};
  return cache_.find(question, now);
}

lookup_table::joined lookup_table::join(const host_question& question, waiter who, time_point deadline,
                                        time_point now) {
  const std::lock_guard lock{guard_};
  if (auto answer = cache_.find(question, now)) return {std::move(answer)};
  const bool is_new = !lookups_.contains(question);
  if (is_new && waiting_.size() >= options_.waiting_limit) return {refused()};
  lookup& begun = lookups_[question];
  if (begun.waiters.size() >= lookup_waiter_limit) return {refused()};
  begun.waiters.push_back(who);
  begun.deadline = is_new ? deadline : std::max(begun.deadline, deadline);
  if (is_new) waiting_.push_back(question);
  const bool start = !waiting_.empty() && workers_ < options_.concurrent_lookups;
  if (start) ++workers_;
  return {.answer = {}, .start_worker = start};
}

std::optional<host_question> lookup_table::next(time_point now) {
  const std::lock_guard lock{guard_};
  while (!waiting_.empty()) {
    host_question question = std::move(waiting_.front());
    waiting_.pop_front();
    const auto found = lookups_.find(question);
    if (found->second.deadline > now) return question;
    lookups_.erase(found);
  }
  --workers_;
  return {};
}

std::vector<lookup_table::waiter> lookup_table::finish(const host_question& question, const host_answer& answer,
                                                       time_point now) {
  const std::lock_guard lock{guard_};
  if (const duration life = time_to_live(answer); life > duration::zero())
    cache_.keep(question, answer, after_delay(now, life));
  return take_waiters(question);
}

std::vector<lookup_table::waiter> lookup_table::not_started(const host_question& question) {
  const std::lock_guard lock{guard_};
  --workers_;
  // Another worker may have taken it meanwhile.
  return std::erase(waiting_, question) == 0 ? std::vector<waiter>{} : take_waiters(question);
}

void lookup_table::worker_died(const std::optional<host_question>& question) {
  const std::lock_guard lock{guard_};
  --workers_;
  if (question) lookups_.erase(*question);
}

std::vector<lookup_table::waiter> lookup_table::take_waiters(const host_question& question) {
  auto found = lookups_.extract(question);
  return found.empty() ? std::vector<waiter>{} : std::move(found.mapped().waiters);
}

host_answer lookup_table::look_up(const host_question& question) const { return options_.look_up(question); }

duration lookup_table::time_to_live(const host_answer& answer) const {
  if (answer) return options_.positive_ttl;
  return answer.error() == net_error::nxdomain ? options_.negative_ttl : duration::zero();
}

}  // namespace dialtone::detail
