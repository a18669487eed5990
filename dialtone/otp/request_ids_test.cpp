// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/request_ids.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/gen_server.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>
#include <dialtone/runtime/witness_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using outcome = std::expected<int, exit_reason>;

struct after_time {
  using reply = int;
  duration time;
  int number;
};
struct when_done {
  using reply = void;
};
struct object {
  using reply = std::unique_ptr<witness>;
};

/// Answers after the time that is asked for, one request beside the other.
class slow : public gen_server<slow> {
 public:
  struct due {
    int number;
    reply_to<int> from;
  };
  using infos = messages<due>;
  void handle_call(after_time request, reply_to<int> from) {
    if (request.time == 0s)
      reply(from, request.number);
    else
      send_after(request.time, self(), due{request.number, from});
  }
  void handle_info(due answer) {
    if (answer.number < 0) throw std::runtime_error{"as planned"};
    reply(answer.from, answer.number);
  }
  void handle_call(when_done) {}
  std::unique_ptr<witness> handle_call(object) { return std::make_unique<witness>(); }
};

static_assert(!std::is_move_constructible_v<request_id<int>> && !std::is_move_constructible_v<request_ids<int, int>>);

class requests_under_way : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, requests_under_way, beside_and_elsewhere, name_of_place);

TEST_P(requests_under_way, are_awaited_later_in_any_order) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<slow>(on(where));
    time_point before = now();
    auto first = server.send_request(after_time{20ms, 1});
    auto second = server.send_request(after_time{10ms, 2});
    auto done = server.send_request(when_done{});
    EXPECT_EQ(co_await second.response(1s), outcome{2});
    EXPECT_EQ(co_await first.response(), outcome{1});
    EXPECT_LT(now() - before, 25ms) << "side by side";
    EXPECT_TRUE((co_await done.response(0s)).has_value());
    co_await server.stop();
  });
}

TEST_P(requests_under_way, are_looked_at_without_waiting) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<slow>(on(where));
    auto asked = server.send_request(after_time{10ms, 1});
    auto done = server.send_request(when_done{});
    EXPECT_FALSE(asked.check().has_value());
    co_await sleep_for(9ms);
    EXPECT_FALSE(asked.check().has_value());
    EXPECT_TRUE(done.check()->has_value());
    co_await sleep_for(5ms);
    EXPECT_EQ(asked.check(), outcome{1});
    co_await server.stop();
  });
}

TEST_P(requests_under_way, fail_as_calls_do) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start<slow>(on(where));
    auto late = server.send_request(after_time{20ms, 1});
    auto crash = server.send_request(after_time{30ms, -1});
    EXPECT_EQ((co_await late.response(10ms)).error(), exit_reason::timeout);
    EXPECT_EQ((co_await crash.response()).error().text(), "as planned");
    auto nobody = server.send_request(after_time{});
    EXPECT_EQ((co_await nobody.response()).error(), exit_reason::noproc);
    auto nowhere = dialtone::server<slow>{}.send_request(after_time{});
    EXPECT_EQ(nowhere.check()->error(), exit_reason::noproc);
    auto itself = dialtone::server<slow>{self()}.send_request(after_time{});
    EXPECT_EQ(itself.check()->error(), exit_reason::calling_self);
  });
}

TEST_P(requests_under_way, that_are_given_up_leave_nothing) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<slow>(on(where));
    {
      auto never_taken = server.send_request(object{});
      auto taken = server.send_request(object{});
      auto never_come = server.send_request(after_time{1h, 1});
      EXPECT_TRUE((co_await taken.response()).has_value());
      EXPECT_EQ(witness::alive(), 1);
    }
    co_await sleep_for(2h);
    EXPECT_EQ(witness::alive(), 0);
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
    co_await server.stop();
  });
}

TEST_P(requests_under_way, of_a_collection_are_answered_in_the_order_of_their_answers) {
  run([](std::uint32_t where) -> process<> {
    auto one = co_await start<slow>(on(where));
    auto other = co_await start<slow>({.name = "other"});
    request_ids<int, std::string> asked;
    EXPECT_EQ(asked.size(), 0u);
    EXPECT_TRUE(asked.add(one, after_time{30ms, 3}, "c"));
    EXPECT_TRUE(asked.add(named<slow>{"other"}, after_time{10ms, 1}, "a"));
    EXPECT_TRUE(asked.add(one, after_time{20ms, 2}, "b"));
    EXPECT_TRUE(asked.add(server<slow>{}, after_time{}, "nobody"));
    EXPECT_EQ(asked.size(), 4u);
    EXPECT_EQ(asked.check()->label, "nobody");
    EXPECT_FALSE(asked.check().has_value());
    std::string labels;
    int sum = 0;
    while (auto answer = co_await asked.next(1s)) {
      labels += answer->label;
      sum = sum * 10 + *answer->reply;
    }
    EXPECT_EQ(labels, "abc");
    EXPECT_EQ(sum, 123);
    EXPECT_EQ(asked.size(), 0u);
    co_await one.stop();
    co_await other.stop();
  });
}

TEST_P(requests_under_way, of_a_collection_stay_when_time_is_up) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start<slow>(on(where));
    request_ids<int, int> asked;
    time_point before = now();
    EXPECT_FALSE(co_await asked.next(1h)) << "none is left";
    EXPECT_EQ(now(), before);
    EXPECT_TRUE(asked.add(server, after_time{20ms, 1}, 1));
    EXPECT_FALSE(co_await asked.next(0s));
    EXPECT_FALSE(co_await asked.next(10ms));
    EXPECT_GE(now() - before, 10ms);
    EXPECT_LE(now() - before, 11ms);
    EXPECT_EQ(asked.size(), 1u);
    EXPECT_EQ((co_await asked.next(duration::max()))->reply, outcome{1});
    co_await server.stop();
  });
}

TEST_P(requests_under_way, wait_until_a_point_of_time) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start<slow>(on(where));
    const time_point deadline = now() + 25ms;
    request_ids<int, int> asked;
    for (int i = 1; i <= 3; ++i) EXPECT_TRUE(asked.add(server, after_time{i * 10ms, i}, i));
    auto alone = server.send_request(after_time{1h, 9});
    int answers = 0;
    while (auto answer = co_await asked.next(deadline)) answers = answers * 10 + *answer->reply;
    EXPECT_EQ(answers, 12);
    EXPECT_GE(now(), deadline);
    EXPECT_LE(now(), deadline + 1ms);
    EXPECT_EQ(asked.size(), 1u);
    EXPECT_EQ((co_await alone.response(deadline)).error(), exit_reason::timeout);
    EXPECT_LE(now(), deadline + 2ms) << "at once: it has passed";
    EXPECT_EQ((co_await asked.next(never))->reply, outcome{3});
    co_await server.stop();
  });
}

TEST_P(requests_under_way, of_a_collection_fail_one_by_one) {
  run([](std::uint32_t where) -> process<> {
    auto good = co_await start<slow>(on(where));
    auto bad = co_await start<slow>(on(where));
    request_ids<int, int> asked;
    EXPECT_TRUE(asked.add(bad, after_time{1h, 1}, 1));
    EXPECT_TRUE(asked.add(bad, after_time{1ms, -1}, 2));
    EXPECT_TRUE(asked.add(good, after_time{2ms, 3}, 3));
    int failures = 0;
    for (int i = 0; i < 2; ++i) {
      auto answer = co_await asked.next(1s);
      EXPECT_EQ(answer->reply.error().text(), "as planned");
      failures += answer->label;
    }
    EXPECT_EQ(failures, 3);
    EXPECT_EQ((co_await asked.next(1s))->reply, outcome{3});
    co_await good.stop();
  });
}

TEST_P(requests_under_way, of_a_collection_are_bounded) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start<slow>(on(where));
    request_ids<int, int> asked{2};
    EXPECT_TRUE(asked.add(server, after_time{0s, 1}, 1));
    EXPECT_TRUE(asked.add(server, after_time{1ms, 2}, 2));
    EXPECT_FALSE(asked.add(server, after_time{0s, 3}, 3));
    EXPECT_EQ(asked.size(), 2u);
    EXPECT_EQ((co_await asked.next(1s))->label, 1);
    EXPECT_TRUE(asked.add(server, after_time{5ms, 4}, 4));
    EXPECT_FALSE(asked.add(server, after_time{0s, 5}, 5));
    EXPECT_EQ((co_await asked.next(1s))->label, 2);
    EXPECT_EQ((co_await asked.next(1s))->label, 4);
    EXPECT_FALSE(co_await asked.next(1s));
    co_await server.stop();
  });
}

TEST_P(requests_under_way, of_a_collection_that_is_given_up_leave_nothing) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<slow>(on(where));
    {
      request_ids<std::unique_ptr<witness>, int> asked;
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(asked.add(server, object{}, i));
      EXPECT_EQ((co_await asked.next(1s))->label, 0);
      co_await sleep_for(1ms);
      EXPECT_EQ(witness::alive(), 2);
      request_ids<int, int> never;
      EXPECT_TRUE(never.add(server, after_time{1h, 1}, 1));
      auto wait = [](request_ids<int, int>* of) -> task<> { co_await of->next(duration::max()); };
      EXPECT_FALSE(co_await with_deadline(1ms, wait(&never)));
      EXPECT_FALSE(co_await never.next(1ms)) << "the wait that was given up is forgotten";
    }
    EXPECT_EQ(witness::alive(), 0);
    co_await sleep_for(2h);
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
    co_await server.stop();
  });
}

TEST_P(requests_under_way, end_with_a_caller_that_is_killed) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<slow>(on(where));
    pid caller = spawn(
        [](dialtone::server<slow> to) -> process<> {
          auto alone = to.send_request(after_time{10ms, 1});
          request_ids<int, int> asked;
          for (int i = 0; i < 3; ++i) EXPECT_TRUE(asked.add(to, after_time{10ms, 1}, i));
          co_await asked.next(duration::max());
          co_await asked.next(duration::max());
          co_await receive<go>();
        },
        server);
    co_await sleep_for(1ms);
    exit(caller, exit_reason::kill);
    co_await sleep_for(1s);
    EXPECT_EQ((co_await info_of(server.pid()))->monitored_by, 0u);
    co_await server.stop();
  });
}

}  // namespace
}  // namespace dialtone
