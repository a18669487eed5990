// SPDX-License-Identifier: Apache-2.0
// The works of works.py on Dialtone: bench_runtime_dialtone WORK SIZE SCHEDULERS.
#include "dialtone_works.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

namespace dt = dialtone;

struct named_work {
  std::string_view name;
  dt::task<double> (*run)(long size);
  bool warm_up = true;
};

constexpr std::array all{
    named_work{"ping_pong", works::ping_pong},
    named_work{"flood", works::flood},
    named_work{"spawn_exit", works::spawn_exit},
    named_work{"ring", works::ring},
    named_work{"ring_million", works::ring_million, false},
    named_work{"idle_bytes", works::idle_bytes, false},
    named_work{"idle_bytes_10k", works::idle_bytes, false},
    named_work{"selective_empty", works::selective_empty},
    named_work{"selective_100k", works::selective_100k},
    named_work{"cross_ping_pong", works::cross_ping_pong},
    named_work{"cross_flood", works::cross_flood},
    named_work{"cross_n_to_n", works::cross_n_to_n},
    named_work{"within_one", works::within_one},
    named_work{"within_two", works::within_two},
    named_work{"timers", works::timers},
};

dt::process<> measure(std::size_t index, long size) {
  const named_work& work = all[index];
  if (work.warm_up) co_await work.run(std::max(size / 10, 1L));
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
  return dt::run({.schedulers = schedulers}, measure, index, std::stol(arguments[2]));
}
