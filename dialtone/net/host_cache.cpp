// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/host_cache.hpp>

#include <iterator>
#include <utility>

namespace dialtone::detail {

std::optional<host_answer> host_cache::find(const host_question& question, time_point now) {
  const auto found = places_.find(question);
  if (found == places_.end()) return {};
  const auto place = found->second;
  if (place->until <= now) {
    drop(place);
    return {};
  }
  entries_.splice(entries_.begin(), entries_, place);
  return place->answer;
}

void host_cache::keep(const host_question& question, host_answer answer, time_point until) {
  if (entry_limit_ == 0) return;
  if (const auto found = places_.find(question); found != places_.end()) drop(found->second);
  if (entries_.size() >= entry_limit_) drop(std::prev(entries_.end()));
  entries_.push_front({question, std::move(answer), until});
  places_.emplace(question, entries_.begin());
}

void host_cache::drop(std::list<entry>::iterator place) {
  places_.erase(place->question);
  entries_.erase(place);
}

}  // namespace dialtone::detail
