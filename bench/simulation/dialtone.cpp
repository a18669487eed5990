// SPDX-License-Identifier: Apache-2.0
// The works of works.py: bench_simulation_dialtone WORK SIZE prints `RESULT <figure>`.
#include "dialtone_works.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <span>
#include <string>
#include <string_view>

namespace works {

namespace {

struct named_work {
  std::string_view name;
  double (*run)(long size);
};

constexpr std::array all{
    named_work{"pipelined_1", pipelined_1},
    named_work{"pipelined_100", pipelined_100},
    named_work{"to_and_fro_1", to_and_fro_1},
    named_work{"to_and_fro_100", to_and_fro_100},
    named_work{"to_and_fro_10k", to_and_fro_10k},
    named_work{"to_and_fro_nodes", to_and_fro_nodes},
    named_work{"ring_100", ring_100},
    named_work{"idle_node_bytes", idle_node_bytes},
    named_work{"connected_nodes_bytes", connected_nodes_bytes},
};

int run(std::span<char*> arguments) {
  if (arguments.size() != 3) {
    std::fprintf(stderr, "usage: %s WORK SIZE\n", arguments[0]);
    return 2;
  }
  const auto work = std::ranges::find(all, std::string_view{arguments[1]}, &named_work::name);
  if (work == all.end()) {
    std::fprintf(stderr, "no such work: %s\n", arguments[1]);
    return 2;
  }
  std::printf("RESULT %.3f\n", work->run(std::stol(arguments[2])));
  return 0;
}

}  // namespace

double processor_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

}  // namespace works

int main(int argument_count, char** arguments) {
  return works::run({arguments, static_cast<std::size_t>(argument_count)});
}
