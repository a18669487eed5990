// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/reply.hpp>

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
using result = std::expected<int, exit_reason>;

struct add {
  int left;
  int right;
  reply_to<int> reply;
};
struct number {
  int value;
};

process<> adder() {
  for (;;) {
    add request = co_await receive<add>();
    reply(request.reply, request.left + request.right);
  }
}
process<> never_reply() {
  for (;;) co_await receive<add>();
}
process<> crash() {
  co_await receive<add>();
  throw std::runtime_error{"as planned"};
}
task<result> ask(pid server, duration limit = 1s) {
  pending_reply<int> answer{server};
  send(server, add{1, 2, answer.address()});
  co_return co_await answer.within(limit);
}

TEST(reply, comes_to_who_waits) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  for (std::uint32_t scheduler : {0u, 1u}) {
    EXPECT_EQ(rt.run(
                  [](std::uint32_t where) -> process<> {
                    pid server = spawn({.scheduler = placement::on(where)}, adder);
                    EXPECT_EQ(co_await ask(server), result{3});
                    EXPECT_EQ(co_await ask(server), result{3});
                    EXPECT_EQ((co_await info_of(self()))->monitors, 0u);
                  },
                  scheduler),
              exit_reason::normal);
  }
}

TEST(reply, that_came_before_the_wait_is_there) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid server = spawn(adder);
    pending_reply<int> answer{server};
    send(server, add{20, 22, answer.address()});
    co_await sleep_for(1ms);
    time_point start = now();
    EXPECT_EQ(co_await answer.within(0s), result{42});
    EXPECT_EQ(now(), start);
  }),
            exit_reason::normal);
}

TEST(reply, that_does_not_come_in_time_is_a_timeout) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    EXPECT_EQ(co_await ask(spawn(never_reply), 50ms), result{std::unexpected{exit_reason::timeout}});
    EXPECT_GE(now() - start, 50ms);
    EXPECT_LE(now() - start, 51ms);
  }),
            exit_reason::normal);
}

TEST(reply, that_comes_late_vanishes) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid late = spawn([]() -> process<> {
      add request = co_await receive<add>();
      co_await sleep_for(100ms);
      reply(request.reply, 1);
      reply(request.reply, 2);
    });
    EXPECT_FALSE((co_await ask(late, 50ms)).has_value());
    pending_reply<int> next;
    co_await sleep_for(100ms);
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
    EXPECT_EQ(co_await next.within(1ms), result{std::unexpected{exit_reason::timeout}});
  }),
            exit_reason::normal);
}

TEST(reply, the_first_of_two_counts) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pending_reply<int> answer;
    reply(answer.address(), 1);
    reply(answer.address(), 2);
    EXPECT_EQ(co_await answer.within(0s), result{1});
  }),
            exit_reason::normal);
}

struct asked {
  pid caller;
  result answer;
};

process<> ask_and_tell(pid server, pid observer) {
  result answer = co_await ask(server);
  send(observer, asked{self(), answer});
}

process<> crash_after(int requests) {
  for (; requests > 0; --requests) co_await receive<add>();
  throw std::runtime_error{"as planned"};
}

TEST(reply, of_a_server_that_dies_fails_for_all_its_callers_that_are_left) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid server = spawn(crash_after, 6);
    std::vector<pid> callers;
    for (std::uint32_t count = 0; count < 6; ++count)
      callers.push_back(spawn({.scheduler = placement::on(count / 4)}, ask_and_tell, server, self()));
    // The first, one in the middle and the last of a scheduler's.
    for (int gone : {0, 2, 3}) exit(callers[static_cast<std::size_t>(gone)], exit_reason::kill);
    for (int gone = 0; gone < 3; ++gone) send(server, add{});
    for (int left = 0; left < 3; ++left) {
      result answer = (co_await receive<asked>()).answer;
      EXPECT_EQ(answer.error().text(), "as planned") << to_string(answer.error());
    }
    EXPECT_FALSE((co_await receive<asked>(after(1s))).has_value());
  }),
            exit_reason::normal);
}

TEST(reply, reaches_the_others_when_a_caller_has_died) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid server = spawn([]() -> process<> {
      std::vector<add> waiting;
      while (waiting.size() < 6) waiting.push_back(co_await receive<add>());
      co_await sleep_for(10ms);
      for (add& each : waiting) reply(each.reply, 7);
      co_await receive<number>();
    });
    std::vector<pid> callers;
    for (std::uint32_t count = 0; count < 6; ++count)
      callers.push_back(spawn({.scheduler = placement::on(count / 4)}, ask_and_tell, server, self()));
    co_await sleep_for(1ms);
    for (int gone : {0, 2, 4}) exit(callers[static_cast<std::size_t>(gone)], exit_reason::kill);
    std::vector<pid> answered;
    for (int left = 0; left < 3; ++left) {
      asked told = co_await receive<asked>();
      EXPECT_EQ(told.answer, result{7});
      answered.push_back(told.caller);
    }
    EXPECT_EQ(answered, (std::vector{callers[1], callers[3], callers[5]}));
  }),
            exit_reason::normal);
}

TEST(reply, of_a_server_that_dies_is_its_exit_reason) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  for (std::uint32_t scheduler : {0u, 1u}) {
    EXPECT_EQ(rt.run(
                  [](std::uint32_t where) -> process<> {
                    result answer = co_await ask(spawn({.scheduler = placement::on(where)}, crash));
                    EXPECT_EQ(answer.error(), exit_reason::of_exception("std::runtime_error", "as planned", {}));
                    EXPECT_FALSE(co_await receive<down>(after(1s))) << "the death completes the reply and nothing else";
                  },
                  scheduler),
              exit_reason::normal);
  }
}

TEST(reply, of_a_server_that_answers_and_dies_is_the_answer) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  for (std::uint32_t scheduler : {0u, 1u}) {
    EXPECT_EQ(rt.run(
                  [](std::uint32_t where) -> process<> {
                    pid server = spawn({.scheduler = placement::on(where)}, []() -> process<> {
                      add request = co_await receive<add>();
                      reply(request.reply, request.left + request.right);
                    });
                    EXPECT_EQ(co_await ask(server), result{3});
                  },
                  scheduler),
              exit_reason::normal);
  }
}

TEST(reply, of_a_dead_server_is_noproc) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  for (std::uint32_t scheduler : {0u, 1u}) {
    EXPECT_EQ(rt.run(
                  [](std::uint32_t where) -> process<> {
                    auto [dead, reference] =
                        spawn_monitor({.scheduler = placement::on(where)}, []() -> process<> { co_return; });
                    co_await receive<down>();
                    time_point start = now();
                    EXPECT_EQ(co_await ask(dead), result{std::unexpected{exit_reason::noproc}});
                    EXPECT_EQ(now(), start);
                  },
                  scheduler),
              exit_reason::normal);
  }
}

TEST(reply, to_what_a_full_mailbox_drops_is_overloaded) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  for (std::uint32_t scheduler : {0u, 1u}) {
    static std::optional<result> answered;
    answered.reset();
    pid full = rt->spawn(
        {.scheduler = placement::on(scheduler), .mailbox_limit = 1, .mailbox_overflow = mailbox_policy::drop_oldest},
        []() -> process<> { co_await sleep_for(24h); });
    rt.spawn([](pid server) -> process<> { answered = co_await ask(server, 1h); }, full);
    rt.settle();
    for (int i = 0; i < 3; ++i) rt->send(full, number{i});
    rt.settle();
    EXPECT_FALSE(answered.has_value()) << "it is still in the mailbox";
    rt->send(full, number{3});
    rt.settle();
    EXPECT_EQ(answered, result{std::unexpected{exit_reason::overloaded}});
    EXPECT_EQ(rt->info(full)->messages_dropped, 1u);
  }
}

TEST(reply, to_what_a_full_mailbox_refuses_is_overloaded) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  for (std::uint32_t scheduler : {0u, 1u}) {
    pid full = rt->spawn(
        {.scheduler = placement::on(scheduler), .mailbox_limit = 1, .mailbox_overflow = mailbox_policy::refuse},
        []() -> process<> { co_await sleep_for(24h); });
    for (int i = 0; i < 4; ++i) rt->send(full, number{i});
    rt.settle();
    EXPECT_EQ(rt.run(
                  [](pid server) -> process<> {
                    time_point start = now();
                    EXPECT_EQ(co_await ask(server), result{std::unexpected{exit_reason::overloaded}});
                    EXPECT_EQ(now(), start);
                  },
                  full),
              exit_reason::normal);
    EXPECT_EQ(rt->info(full)->messages_dropped, 1u);
  }
}

TEST(reply, may_come_from_whoever_was_given_the_address) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid worker = spawn({.scheduler = placement::on(1)}, adder);
    pid front = spawn(
        [](pid behind) -> process<> {
          for (;;) send(behind, co_await receive<add>());
        },
        worker);
    EXPECT_EQ(co_await ask(front), result{3});
  }),
            exit_reason::normal);
}

TEST(reply, without_a_server_waits_for_the_answer_alone) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pending_reply<int> answer;
    spawn(
        [](reply_to<int> to) -> process<> {
          co_await sleep_for(1h);
          reply(to, 5);
        },
        answer.address());
    EXPECT_EQ(co_await answer.within(duration::max()), result{5});
  }),
            exit_reason::normal);
}

TEST(reply, may_be_move_only) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pending_reply<std::unique_ptr<int>> answer;
    reply(answer.address(), std::make_unique<int>(8));
    auto arrived = co_await answer.within(1s);
    EXPECT_EQ(**arrived, 8);
  }),
            exit_reason::normal);
}

TEST(reply, that_nobody_takes_is_destroyed) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    reply_to<witness> kept;
    {
      pending_reply<witness> answer;
      kept = answer.address();
      reply(kept, witness{});
      EXPECT_EQ(witness::alive(), 1);
    }
    EXPECT_EQ(witness::alive(), 0);
    reply(kept, witness{});
    EXPECT_EQ(witness::alive(), 0);
    co_return;
  }),
            exit_reason::normal);
}

int predicate_calls;

// Beside the wait for the reply there is a receive whose predicate counts the messages that are looked at.
TEST(reply, behind_a_hundred_thousand_messages_examines_none_of_them) {
  testing::stepped_runtime rt{{.runtime = {.mailbox_limit = 1'000'000}}};
  predicate_calls = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    constexpr int behind = 100'000;
    for (int i = 0; i < behind; ++i) send(self(), number{i});
    auto look = []() -> task<> {
      co_await receive<number>([](const number&) {
        ++predicate_calls;
        return false;
      });
    };
    auto ask_often = [](pid server) -> task<> {
      for (int i = 0; i < 10; ++i) EXPECT_EQ(co_await ask(server), result{3});
    };
    std::uint64_t reductions = (co_await info_of(self()))->reductions;
    auto first = co_await race(look(), ask_often(spawn(adder)));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(predicate_calls, behind) << "once each, when the receive began";
    EXPECT_LT((co_await info_of(self()))->reductions - reductions, 1000u);
  }),
            exit_reason::normal);
}

TEST(reply, outlives_a_kill_of_who_waits_for_it) {
  testing::stepped_runtime rt;
  pid server = rt.spawn([]() -> process<> {
    add request = co_await receive<add>();
    co_await sleep_for(10ms);
    reply(request.reply, 1);
  });
  pid caller = rt.spawn([](pid to) -> process<> { co_await ask(to, 1h); }, server);
  rt.settle();
  rt->exit(caller, exit_reason::kill);
  rt.settle();
  EXPECT_EQ(rt->info(server)->monitored_by, 0u);
  rt.advance(1s);
  EXPECT_FALSE(rt->info(server).has_value());
  EXPECT_EQ(rt->next_deadline(), never);
}

}  // namespace
}  // namespace dialtone
