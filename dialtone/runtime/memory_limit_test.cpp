// SPDX-License-Identifier: Apache-2.0
// The limits of bytes: a process's, which ends it, and the runtime's, at which spawns fail.
#include <gtest/gtest.h>

#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/witness_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::witness;

struct block {
  std::array<char, 1000> content;
};
struct go {};

constexpr std::size_t process_limit = 100'000;

// Nothing but a limit ends it.
task<> nest_for_ever(witness, bool ever) {
  if (ever) co_await nest_for_ever(witness{}, ever);
}
task<> nest_and_wait(int depth) {
  std::array<char, 1000> held{};
  if (depth > 0)
    co_await nest_and_wait(depth - 1);
  else
    co_await sleep_for(1h);
  EXPECT_EQ(held[0], 0);
}
process<> deaf() { co_await sleep_for(24h); }

// Function pointers are not sendable; the scenario of the running test is here.
process<> (*scenario)();

/// How a process with a limit of 100,000 bytes ends that runs `function`, on one scheduler and on another.
void expect_end(process<> (*function)(), exit_reason reason) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  scenario = function;
  for (std::uint32_t scheduler : {0u, 1u}) {
    static exit_reason seen;
    EXPECT_EQ(rt.run(
                  [](std::uint32_t where) -> process<> {
                    spawn_monitor(
                        {.scheduler = placement::on(where), .memory_limit = process_limit},
                        +[]() -> process<> { return scenario(); });
                    seen = (co_await receive<down>()).reason;
                  },
                  scheduler),
              exit_reason::normal);
    EXPECT_EQ(seen, reason);
    EXPECT_EQ(witness::alive(), 0);
  }
}

TEST(memory_limit, of_a_process_is_reached_by_frames) {
  expect_end([]() -> process<> { co_await nest_and_wait(200); }, exit_reason::memory_limit);
}

TEST(memory_limit, of_a_process_ends_a_recursion_that_never_waits) {
  expect_end([]() -> process<> { co_await nest_for_ever(witness{}, true); }, exit_reason::memory_limit);
}

TEST(memory_limit, of_a_process_is_not_reached_by_frames_that_come_and_go) {
  expect_end(
      []() -> process<> {
        for (int i = 0; i < 1000; ++i) co_await with_deadline(1ms, nest_and_wait(50));
      },
      exit_reason::normal);
}

TEST(memory_limit, of_a_process_is_reached_by_messages_to_itself) {
  expect_end(
      []() -> process<> {
        for (int i = 0; i < 200; ++i) send(self(), block{});
        co_await yield();
      },
      exit_reason::memory_limit);
}

TEST(memory_limit, of_a_process_is_not_reached_by_messages_that_it_receives) {
  expect_end(
      []() -> process<> {
        for (int i = 0; i < 1000; ++i) {
          send(self(), block{});
          co_await receive<block>();
        }
      },
      exit_reason::normal);
}

TEST(memory_limit, of_a_process_is_reached_by_messages_of_others) {
  testing::stepped_runtime rt;
  pid receiver = rt->spawn({.memory_limit = process_limit}, deaf);
  rt.settle();
  std::size_t sent = 0;
  for (; sent < 200 && rt->info(receiver).has_value(); ++sent) rt->send(receiver, block{});
  EXPECT_GT(sent, 90u);
  EXPECT_LT(sent, 110u);
  ASSERT_EQ(rt.log().size(), 1u);
  EXPECT_NE(rt.log()[0].find("memory_limit"), std::string::npos) << rt.log()[0];
}

TEST(memory_limit, of_a_process_is_reached_by_one_byte_too_many_and_not_by_the_last_one) {
  testing::stepped_runtime rt;
  pid probe = rt->spawn(deaf);
  rt.settle();
  std::size_t empty = rt->info(probe)->bytes;
  rt->send(probe, block{});
  std::size_t one = rt->info(probe)->bytes - empty;
  for (std::size_t too_small : {0u, 1u}) {
    pid receiver = rt->spawn({.memory_limit = empty + 5 * one - too_small}, deaf);
    for (int i = 0; i < 5; ++i) rt->send(receiver, block{});
    rt.settle();
    EXPECT_EQ(rt->info(receiver).has_value(), too_small == 0);
  }
}

TEST(memory_limit, of_a_process_that_its_first_frame_exceeds_ends_it_before_it_begins) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  static int begun;
  static exit_reason seen;
  begun = 0;
  for (std::uint32_t scheduler : {0u, 1u}) {
    seen = {};
    EXPECT_EQ(rt.run(
                  [](std::uint32_t where) -> process<> {
                    spawn_monitor(
                        {.scheduler = placement::on(where), .memory_limit = 1},
                        [](witness) -> process<> {
                          ++begun;
                          co_return;
                        },
                        witness{});
                    seen = (co_await receive<down>()).reason;
                  },
                  scheduler),
              exit_reason::normal);
    EXPECT_EQ(seen, exit_reason::memory_limit);
  }
  rt->spawn({.memory_limit = 1}, deaf);
  rt.settle();
  EXPECT_EQ(begun, 0);
  EXPECT_EQ(rt->processes().size(), 1u);
  EXPECT_EQ(witness::alive(), 0);
}

std::expected<pid, spawn_error> outcome;
exit_reason end_of_careless;

struct ask {
  std::uint32_t scheduler;
};

process<> careful() {
  for (;;) {
    std::uint32_t where = (co_await receive<ask>()).scheduler;
    outcome = try_spawn({.scheduler = placement::on(where)}, deaf);
  }
}
process<> careless() {
  co_await receive<go>();
  spawn(deaf);
}
process<> watch(pid other) {
  reference watched = monitor(other);
  end_of_careless = co_await testing::end_of(watched);
}

TEST(memory_limit, of_the_runtime_refuses_spawns_until_memory_is_free_again) {
  testing::stepped_runtime rt{{.schedulers = 2, .runtime = {.memory_limit = 1'000'000}}};
  pid hoarder = rt.spawn(deaf);
  pid asks = rt.spawn(careful);
  pid falls = rt.spawn(careless);
  rt.spawn(watch, falls);
  auto spawns_on = [&](std::uint32_t scheduler) {
    rt->send(asks, ask{scheduler});
    rt.settle();
    return outcome;
  };
  for (std::uint32_t scheduler : {0u, 1u}) EXPECT_TRUE(spawns_on(scheduler).has_value());
  for (int i = 0; i < 1200; ++i) rt->send(hoarder, block{});
  rt.settle();
  const std::expected<pid, spawn_error> refused = std::unexpected{spawn_error::memory_limit};
  for (std::uint32_t scheduler : {0u, 1u}) EXPECT_EQ(spawns_on(scheduler), refused);
  EXPECT_THROW(rt.spawn(deaf), system_limit_reached);
  rt->send(falls, go{});
  rt.settle();
  EXPECT_EQ(end_of_careless, exit_reason::system_limit);
  rt->exit(hoarder, exit_reason::kill);
  rt.settle();
  for (std::uint32_t scheduler : {0u, 1u}) EXPECT_TRUE(spawns_on(scheduler).has_value());
  rt.spawn(deaf);
}

TEST(memory_limit, bytes_return_to_what_they_were) {
  testing::stepped_runtime rt;
  pid receiver = rt->spawn([]() -> process<> {
    for (;;) {
      co_await receive<go>();
      for (int i = 0; i < 100; ++i) co_await receive<block>();
      co_await with_deadline(1ms, nest_and_wait(20));
    }
  });
  rt.settle();
  std::uint64_t before = rt->info(receiver)->bytes;
  EXPECT_GT(before, 0u);
  for (int i = 0; i < 100; ++i) rt->send(receiver, block{});
  rt.settle();
  EXPECT_GE(rt->info(receiver)->bytes, before + 100 * sizeof(block));
  rt->send(receiver, go{});
  rt.advance(2ms);
  EXPECT_EQ(rt->info(receiver)->bytes, before);
}

}  // namespace
}  // namespace dialtone
