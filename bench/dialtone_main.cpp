// SPDX-License-Identifier: Apache-2.0
#include "dialtone_main.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

namespace works {

namespace {

// A process is given no pointers, but a place in this.
std::span<const named_work> known;

dt::process<> measure(std::size_t index, long size) {
  const named_work& work = known[index];
  if (work.warm_up) co_await work.run(std::max(size / 10, 1L));
  std::printf("RESULT %.3f\n", co_await work.run(size));
}

}  // namespace

int run_named(std::span<const named_work> all, std::span<char*> arguments, dt::log_level level) {
  if (arguments.size() != 4) {
    std::fprintf(stderr, "usage: %s WORK SIZE SCHEDULERS\n", arguments[0]);
    return 2;
  }
  auto work = std::ranges::find(all, std::string_view{arguments[1]}, &named_work::name);
  if (work == all.end()) {
    std::fprintf(stderr, "no such work: %s\n", arguments[1]);
    return 2;
  }
  known = all;
  auto schedulers = static_cast<std::uint32_t>(std::stoul(arguments[3]));
  auto index = static_cast<std::size_t>(work - all.begin());
  return dt::run({.schedulers = schedulers, .level = level}, measure, index, std::stol(arguments[2]));
}

}  // namespace works
