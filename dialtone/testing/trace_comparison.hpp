// SPDX-License-Identifier: Apache-2.0
// Two runs that should be the same: the first is written down, the second is compared with it while it goes, so that
// it is known where they part and not only that they do. For for_each_seed, and for tests that run twice by hand.
//
//   trace_comparison comparison;
//   run_it({.compared = &comparison});
//   comparison.begin_second();
//   run_it({.compared = &comparison});
//   comparison.text();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/testing/trace.hpp>

namespace dialtone::testing {

class trace_comparison {
 public:
  /// Events of the first run that are written down: some 30 MB. What parts later is known by its hash alone.
  static constexpr std::size_t event_limit = std::size_t{1} << 18;

  /// What follows is a first run, of which nothing is known yet.
  void begin_first();
  /// What follows is compared.
  void begin_second();
  /// What follows belongs to no run: machines that are taken down.
  void end() { state_ = state::ended; }

  /// Where the runs part, in some lines: the first event that is not the same, of both. Empty: nowhere, as far as was
  /// written down.
  std::string text() const;

  // The trace's.
  void add_node(std::string_view name);
  /// `hash`: of all events up to this one.
  void add(const trace_event& event, std::uint64_t hash);

 private:
  enum class state : std::uint8_t { first, second, ended };
  struct written {
    std::uint64_t hash;
    trace_event event;
  };
  struct run {
    std::vector<std::string> names = {};
    std::uint64_t count = 0;
  };

  void compare(const trace_event& event, std::uint64_t hash);
  std::string line_of_first(std::uint64_t index) const;

  state state_ = state::first;
  run first_;
  run second_;
  std::vector<written> events_;  // of the first run
  std::optional<std::uint64_t> parted_at_;
  trace_event parted_with_;  // of the second run
};

}  // namespace dialtone::testing
