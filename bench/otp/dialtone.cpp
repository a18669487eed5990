// SPDX-License-Identifier: Apache-2.0
// The works of works.py on Dialtone: bench_otp_dialtone WORK SIZE SCHEDULERS.
#include "dialtone_works.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

namespace dt = dialtone;

struct named_work {
  std::string_view name;
  dt::task<double> (*run)(long size);
};

constexpr std::array all{
    named_work{"call_empty", works::call_empty},
    named_work{"call_100k", works::call_100k},
    named_work{"cast", works::cast},
    named_work{"start_stop", works::start_stop},
    named_work{"crash_restart", works::crash_restart},
    named_work{"signal_restart", works::signal_restart},
    named_work{"throw_catch", works::throw_catch},
    named_work{"dynamic_children", works::dynamic_children},
    named_work{"registry_lookup", works::registry_lookup},
    named_work{"registry_dispatch", works::registry_dispatch},
};

dt::process<> measure(std::size_t index, long size) {
  const named_work& work = all[index];
  co_await work.run(std::max(size / 10, 1L));
  std::printf("RESULT %.3f\n", co_await work.run(size));
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4) {
    std::fprintf(stderr, "usage: %s WORK SIZE SCHEDULERS\n", arguments[0]);
    return 2;
  }
  auto work = std::ranges::find(all, std::string_view{arguments[1]}, &named_work::name);
  if (work == all.end()) {
    std::fprintf(stderr, "no such work: %s\n", arguments[1]);
    return 2;
  }
  auto schedulers = static_cast<std::uint32_t>(std::stoul(arguments[3]));
  auto index = static_cast<std::size_t>(work - all.begin());
  // Both loggers are silent: what is measured is the crash, not its report.
  return dt::run({.schedulers = schedulers, .level = dt::log_level::off}, measure, index, std::stol(arguments[2]));
}
