// SPDX-License-Identifier: Apache-2.0
// The works of works.py on Dialtone: bench_otp_dialtone WORK SIZE SCHEDULERS.
#include "dialtone_works.hpp"

#include <array>

namespace {

constexpr std::array all{
    works::named_work{"call_empty", works::call_empty},
    works::named_work{"call_100k", works::call_100k},
    works::named_work{"cast", works::cast},
    works::named_work{"start_stop", works::start_stop},
    works::named_work{"crash_restart", works::crash_restart},
    works::named_work{"signal_restart", works::signal_restart},
    works::named_work{"throw_catch", works::throw_catch},
    works::named_work{"dynamic_children", works::dynamic_children},
    works::named_work{"registry_lookup", works::registry_lookup},
    works::named_work{"registry_dispatch", works::registry_dispatch},
};

}  // namespace

int main(int argument_count, char** arguments) {
  // Both loggers are silent: what is measured is the crash, not its report.
  return works::run_named(all, {arguments, static_cast<std::size_t>(argument_count)}, dialtone::log_level::off);
}
