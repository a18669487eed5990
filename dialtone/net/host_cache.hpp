// SPDX-License-Identifier: Apache-2.0
// Answers about hosts, each until its time is up, at most so many: the one that was asked for longest ago goes first.
// Not safe for threads by itself; times are handed in.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

#include <dialtone/base/time.hpp>
#include <dialtone/net/resolver.hpp>

namespace dialtone::detail {

class host_cache {
 public:
  /// 0: keeps nothing.
  explicit host_cache(std::size_t entry_limit) : entry_limit_{entry_limit} {}
  host_cache(const host_cache&) = delete;
  host_cache& operator=(const host_cache&) = delete;

  /// Empty: not known, or no longer.
  std::optional<host_answer> find(const host_question& question, time_point now);
  /// Takes the place of an older answer.
  void keep(const host_question& question, host_answer answer, time_point until);
  std::size_t size() const { return places_.size(); }

 private:
  struct entry {
    host_question question;
    host_answer answer;
    time_point until;
  };
  void drop(std::list<entry>::iterator place);

  const std::size_t entry_limit_;
  std::list<entry> entries_;  // what was asked for last is first
  std::unordered_map<host_question, std::list<entry>::iterator> places_;
};

}  // namespace dialtone::detail
