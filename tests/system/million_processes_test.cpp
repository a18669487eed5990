// SPDX-License-Identifier: Apache-2.0
// A million processes alive at once on all schedulers: each answers a message, then all end. Fewer in builds with
// sanitizers, where each takes a thousand bytes of their bookkeeping.
#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

#ifdef DIALTONE_NO_POOLS
constexpr std::uint32_t population = 50'000;
#else
constexpr std::uint32_t population = 1'000'000;
#endif
constexpr std::uint32_t family = 10'000;  // how many a parent has
constexpr std::uint32_t scheduler_count = 2;

struct question {
  pid asker;
};
struct answer {
  std::uint64_t number;
};
struct parent_is_ready {};
struct ask_all {};
struct end_all {};
struct total {
  std::uint64_t sum;
};

process<> child(std::uint64_t number) {
  for (;;) send((co_await receive<question>()).asker, answer{number});
}

// Has children; asks each when told to, and kills all of them at the end.
process<> parent(pid root, std::uint64_t first_number) {
  std::vector<monitored> children;
  for (std::uint64_t each = 0; each < family; ++each) {
    children.push_back(spawn_monitor(child, first_number + each));
    if (each % 100 == 0) co_await yield();
  }
  send(root, parent_is_ready{});
  co_await receive<ask_all>();
  total found{0};
  for (const monitored& each : children) send(each.pid, question{self()});
  for (std::uint32_t count = 0; count < family; ++count) found.sum += (co_await receive<answer>()).number;
  send(root, found);
  co_await receive<end_all>();
  for (const monitored& each : children) exit(each.pid, exit_reason::shutdown);
  for (std::uint32_t count = 0; count < family; ++count)
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::shutdown);
}

TEST(million_processes, are_alive_at_once_and_each_answers) {
  runtime rt{{.schedulers = scheduler_count}};
  EXPECT_EQ(rt.run([]() -> process<> {
    constexpr std::uint32_t parents = population / family;
    std::vector<monitored> families;
    for (std::uint32_t each = 0; each < parents; ++each) {
      families.push_back(spawn_monitor({.scheduler = placement::on(each % scheduler_count)}, parent, self(),
                                       std::uint64_t{each} * family));
    }
    for (std::uint32_t each = 0; each < parents; ++each) co_await receive<parent_is_ready>();
    EXPECT_EQ(process_count(), population + parents + 1);
    for (const monitored& each : families) send(each.pid, ask_all{});
    std::uint64_t sum = 0;
    for (std::uint32_t each = 0; each < parents; ++each) sum += (co_await receive<total>()).sum;
    EXPECT_EQ(sum, std::uint64_t{population} * (population - 1) / 2);
    EXPECT_EQ(process_count(), population + parents + 1);
    for (const monitored& each : families) send(each.pid, end_all{});
    for (std::uint32_t each = 0; each < parents; ++each)
      EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
    while (process_count() != 1) co_await yield();  // a down leaves shortly before its sender's slot is free
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
