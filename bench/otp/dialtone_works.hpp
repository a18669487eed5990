// SPDX-License-Identifier: Apache-2.0
// The works of works.py on Dialtone (works::named_work). For this program only.
#pragma once

#include <dialtone/dialtone.hpp>

#include "../dialtone_main.hpp"

namespace works {

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
