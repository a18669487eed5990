// SPDX-License-Identifier: Apache-2.0
// The works of works.py on Dialtone: bench_runtime_dialtone WORK SIZE SCHEDULERS.
#include "dialtone_works.hpp"

#include <array>

namespace {

constexpr std::array all{
    works::named_work{"ping_pong", works::ping_pong},
    works::named_work{"flood", works::flood},
    works::named_work{"spawn_exit", works::spawn_exit},
    works::named_work{"ring", works::ring},
    works::named_work{"ring_million", works::ring_million, false},
    works::named_work{"idle_bytes", works::idle_bytes, false},
    works::named_work{"idle_bytes_10k", works::idle_bytes, false},
    works::named_work{"selective_empty", works::selective_empty},
    works::named_work{"selective_100k", works::selective_100k},
    works::named_work{"cross_ping_pong", works::cross_ping_pong},
    works::named_work{"cross_flood", works::cross_flood},
    works::named_work{"cross_n_to_n", works::cross_n_to_n},
    works::named_work{"within_one", works::within_one},
    works::named_work{"within_two", works::within_two},
    works::named_work{"timers", works::timers},
};

}  // namespace

int main(int argument_count, char** arguments) {
  return works::run_named(all, {arguments, static_cast<std::size_t>(argument_count)});
}
