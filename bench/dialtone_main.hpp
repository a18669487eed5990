// SPDX-License-Identifier: Apache-2.0
// What the benchmark programs that are called as `PROGRAM WORK SIZE SCHEDULERS` have in common: their table of works,
// and how one of them is run. For bench/runtime and bench/otp only.
#pragma once

#include <span>
#include <string_view>

#include <dialtone/dialtone.hpp>

namespace works {

namespace dt = dialtone;

/// A work is a task of the first process, which runs on scheduler 0, and gives the figure in the work's unit.
struct named_work {
  std::string_view name;
  dt::task<double> (*run)(long size);
  bool warm_up = true;  // a tenth of it before it counts
};

inline constexpr long batch = 1'000;
inline constexpr long stash_size = 100'000;

inline double nanoseconds_since(dt::time_point start) { return static_cast<double>((dt::now() - start).count()); }

/// Runs the work that the program's arguments name, and prints `RESULT <figure>`. What main returns: 2 for wrong
/// arguments. Once: `all` must live as long as the program.
int run_named(std::span<const named_work> all, std::span<char*> arguments, dt::log_level level = dt::log_level::info);

}  // namespace works
