// SPDX-License-Identifier: Apache-2.0
// The works of works.py on Dialtone. Each is a task of the first process, which runs on scheduler 0, and gives the
// figure in the work's unit. For this program only.
#pragma once

#include <dialtone/dialtone.hpp>

namespace works {

namespace dt = dialtone;

inline constexpr long batch = 1'000;
inline constexpr long stash_size = 100'000;

inline double nanoseconds_since(dt::time_point start) { return static_cast<double>((dt::now() - start).count()); }

dt::task<double> call_empty(long calls);
dt::task<double> call_100k(long calls);
dt::task<double> cast(long count);
dt::task<double> start_stop(long count);
dt::task<double> crash_restart(long count);
dt::task<double> signal_restart(long count);
dt::task<double> throw_catch(long count);
dt::task<double> dynamic_children(long count);
dt::task<double> registry_lookup(long count);
dt::task<double> registry_dispatch(long count);

}  // namespace works
