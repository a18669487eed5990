// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/receive.hpp>

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct number {
  int value;
};
struct word {
  std::string text;
};
struct parcel {
  std::unique_ptr<int> content;
  std::vector<int> papers;
};

process<> send_number(pid to, int value) {
  send(to, number{value});
  co_return;
}

TEST(receive, takes_messages_in_the_order_in_which_they_were_sent) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i = 0; i < 3; ++i) send(self(), number{i});
    for (int i = 0; i < 3; ++i) EXPECT_EQ((co_await receive<number>()).value, i);
  }),
            exit_reason::normal);
}

TEST(receive, leaves_what_does_not_match_in_its_order) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send(self(), number{1});
    send(self(), word{"between"});
    send(self(), number{2});
    EXPECT_EQ((co_await receive<word>()).text, "between");
    EXPECT_EQ((co_await receive<number>()).value, 1);
    EXPECT_EQ((co_await receive<number>()).value, 2);
  }),
            exit_reason::normal);
}

TEST(receive, of_several_types_is_a_variant_in_the_order_of_arrival) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send(self(), word{"first"});
    send(self(), parcel{});
    send(self(), number{2});
    std::variant<number, word> one = co_await receive<number, word>();
    std::variant<number, word> two = co_await receive<number, word>();
    EXPECT_EQ(std::get<word>(one).text, "first");
    EXPECT_EQ(std::get<number>(two).value, 2);
    co_await receive<parcel>();
  }),
            exit_reason::normal);
}

TEST(receive, takes_the_first_that_a_predicate_wants_and_keeps_the_order_of_the_others) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i = 1; i <= 5; ++i) send(self(), number{i});
    auto even = [](const number& n) { return n.value % 2 == 0; };
    EXPECT_EQ((co_await receive<number>(even)).value, 2);
    EXPECT_EQ((co_await receive<number>(even)).value, 4);
    EXPECT_FALSE(co_await receive<number>(even, after(0s)));
    for (int left : {1, 3, 5}) EXPECT_EQ((co_await receive<number>()).value, left);
  }),
            exit_reason::normal);
}

TEST(receive, matches_every_message_of_a_type_that_its_predicate_cannot_take) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send(self(), number{1});
    send(self(), word{"unasked"});
    auto two = [](const number& n) { return n.value == 2; };
    std::variant<number, word> found = co_await receive<number, word>(two);
    EXPECT_EQ(std::get<word>(found).text, "unasked");
    EXPECT_FALSE((co_await receive<number, word>(two, after(0s))).has_value());
    EXPECT_EQ((co_await receive<number>()).value, 1);
  }),
            exit_reason::normal);
}

TEST(receive, after_zero_takes_what_is_there_and_never_waits) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    EXPECT_FALSE(co_await receive<number>(after(0s)));
    EXPECT_FALSE(co_await receive<number>(after(-1s)));
    send(self(), word{"other"});
    EXPECT_FALSE(co_await receive<number>(after(0s)));
    send(self(), number{7});
    std::optional<number> found = co_await receive<number>(after(0s));
    EXPECT_EQ(found.value_or(number{0}).value, 7);
    EXPECT_EQ(now(), start);
  }),
            exit_reason::normal);
}

TEST(receive, after_a_time_limit_is_empty_at_that_time_and_not_before) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    std::optional<std::variant<number, word>> none = co_await receive<number, word>(after(10ms));
    EXPECT_FALSE(none.has_value());
    EXPECT_GE(now() - start, 10ms);
    EXPECT_LE(now() - start, 11ms);
  }),
            exit_reason::normal);
}

TEST(receive, takes_what_comes_before_its_time_limit_when_it_comes) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    send_after(5ms, self(), number{5});
    std::optional<number> found = co_await receive<number>(after(10ms));
    EXPECT_EQ(found.value_or(number{0}).value, 5);
    EXPECT_LE(now() - start, 6ms);
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->next_deadline(), never);
}

TEST(receive, with_the_longest_limit_sets_no_timer) {
  testing::stepped_runtime rt;
  pid waiting = rt.spawn([]() -> process<> { co_await receive<number>(after(duration::max())); });
  rt.settle();
  EXPECT_EQ(rt->next_deadline(), never);
  rt->send(waiting, number{1});
  rt.settle();
  EXPECT_FALSE(rt->info(waiting).has_value());
}

TEST(receive, hands_over_the_very_object_that_was_sent) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    parcel sent{std::make_unique<int>(42), std::vector<int>(1000, 7)};
    const int* content = sent.content.get();
    const int* papers = sent.papers.data();
    send(self(), std::move(sent));
    parcel arrived = co_await receive<parcel>([](const parcel& seen) { return *seen.content == 42; });
    EXPECT_EQ(arrived.content.get(), content);
    EXPECT_EQ(arrived.papers.data(), papers);
  }),
            exit_reason::normal);
}

TEST(receive, a_waiting_one_is_woken_by_what_it_wants_only) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid waiting = spawn([]() -> process<> {
      EXPECT_EQ((co_await receive<number>([](const number& n) { return n.value == 3; })).value, 3);
      EXPECT_EQ((co_await receive<number>()).value, 1);
      EXPECT_EQ((co_await receive<word>()).text, "not yet");
      EXPECT_EQ((co_await receive<number>()).value, 2);
    });
    co_await yield();
    send(waiting, number{1});
    co_await yield();
    send(waiting, word{"not yet"});
    send(waiting, number{2});
    co_await yield();
    EXPECT_TRUE(is_alive(waiting));
    send(waiting, number{3});
    co_await yield();
    EXPECT_FALSE(is_alive(waiting));
  }),
            exit_reason::normal);
}

int predicate_calls;

TEST(receive, a_waiting_one_tests_only_what_is_new) {
  testing::stepped_runtime rt;
  predicate_calls = 0;
  pid waiting = rt.spawn([]() -> process<> {
    for (int i = 0; i < 100; ++i) send(self(), number{i});
    co_await receive<number>([](const number& n) {
      ++predicate_calls;
      return n.value == 1000;
    });
  });
  rt.settle();
  EXPECT_EQ(predicate_calls, 100);
  for (int i = 0; i < 10; ++i) rt->send(waiting, number{i});
  rt.settle();
  EXPECT_EQ(predicate_calls, 110);
  rt->send(waiting, number{1000});
  rt.settle();
  EXPECT_EQ(predicate_calls, 111);
  EXPECT_FALSE(rt->info(waiting).has_value());
}

bool refuse_two(const number& n) {
  if (n.value == 2) throw std::out_of_range{"two"};
  return n.value == 3;
}

TEST(receive, throws_what_its_predicate_throws_and_the_message_stays) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send(self(), number{2});
    send(self(), number{3});
    bool thrown = false;
    try {
      co_await receive<number>(&refuse_two);
    } catch (const std::out_of_range&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    EXPECT_EQ((co_await receive<number>()).value, 2);
    EXPECT_EQ((co_await receive<number>()).value, 3);
  }),
            exit_reason::normal);
}

TEST(receive, a_predicate_that_throws_for_a_new_message_ends_the_receiver_not_the_sender) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [receiver, reference] = spawn_monitor([]() -> process<> { co_await receive<number>(&refuse_two); });
    co_await yield();
    send(receiver, number{2});
    down fallen = co_await receive<down>();
    EXPECT_EQ(fallen.reference, reference);
    EXPECT_EQ(fallen.reason.code(), exit_reason::exception);
    EXPECT_EQ(fallen.reason.type(), "std::out_of_range");
    EXPECT_EQ(fallen.reason.text(), "two");
  }),
            exit_reason::normal);
}

TEST(receive, a_message_on_which_a_predicate_throws_is_the_first_of_the_mailbox) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i : {1, 2, 3}) send(self(), number{i});
    bool thrown = false;
    try {
      co_await receive<number>(&refuse_two);
    } catch (const std::out_of_range&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    for (int i : {2, 1, 3}) EXPECT_EQ((co_await receive<number>()).value, i);
  }),
            exit_reason::normal);
}

TEST(receive, a_predicate_runs_as_the_receiver_whoever_sends) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [receiver, reference] = spawn_monitor([]() -> process<> {
      pid me = self();
      co_await receive<number>([me](const number&) { return self() == me; });
    });
    co_await yield();
    pid me = self();
    send(receiver, number{1});
    EXPECT_EQ(self(), me);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
  }),
            exit_reason::normal);
}

TEST(receive, an_exit_in_a_predicate_ends_the_receiver) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [receiver, reference] = spawn_monitor([]() -> process<> {
      co_await receive<number>([](const number&) -> bool { exit(exit_reason::custom_text("enough")); });
    });
    co_await yield();
    send(receiver, number{1});
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::custom_text("enough"));
  }),
            exit_reason::normal);
}

TEST(receive, an_endless_loop_of_messages_that_are_there_lets_others_run) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid spinning = spawn([]() -> process<> {
      for (;;) {
        send(self(), number{0});
        co_await receive<number>();
      }
    });
    for (int turn = 0; turn < 10; ++turn) co_await yield();
    exit(spinning, exit_reason::kill);
  }),
            exit_reason::normal);
}

TEST(receive, an_endless_loop_of_after_zero_lets_others_run_without_time) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid polling = spawn([]() -> process<> {
      while (!co_await receive<word>(after(0s))) {
      }
    });
    time_point start = now();
    for (int turn = 0; turn < 10; ++turn) co_await yield();
    send(polling, word{"end"});
    EXPECT_EQ(now(), start);
  }),
            exit_reason::normal);
}

TEST(receive, keeps_the_order_of_each_sender_whatever_the_order_of_processes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    testing::stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      for (int sender = 0; sender < 4; ++sender) {
        spawn(
            {.scheduler = placement::on(static_cast<std::uint32_t>(sender % 2))},
            [](pid to, int from) -> process<> {
              for (int i = 0; i < 50; ++i) {
                send(to, number{from * 1000 + i});
                if (random() % 3 == 0) co_await yield();
              }
            },
            self(), sender);
      }
      std::array<int, 4> next{};
      for (int i = 0; i < 200; ++i) {
        int value = (co_await receive<number>()).value;
        EXPECT_EQ(value % 1000, next[static_cast<std::size_t>(value / 1000)]++);
      }
    }),
              exit_reason::normal);
  }
}

TEST(receive, finds_what_was_sent_before_it_ran) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [receiver, reference] = spawn_monitor([]() -> process<> { EXPECT_EQ((co_await receive<number>()).value, 9); });
    send(receiver, number{9});
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
    spawn(send_number, self(), 8);
    EXPECT_EQ((co_await receive<number>()).value, 8);
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
