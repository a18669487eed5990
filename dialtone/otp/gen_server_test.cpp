// SPDX-License-Identifier: Apache-2.0
// What a server does with what comes to it.
#include <dialtone/otp/gen_server.hpp>

#include <set>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

struct tick {
  int amount;
};
struct stranger {};

class counter : public gen_server<counter> {
 public:
  struct add {
    int amount;
  };
  struct total {
    using reply = int;
  };
  struct reset {
    using reply = void;
  };
  struct slow_total {
    using reply = int;
    duration time;
  };
  struct slow_add {
    int amount;
  };
  using infos = messages<tick, exited>;

  explicit counter(int start) : value_{start} {}
  void handle_cast(add request) { value_ += request.amount; }
  int handle_call(total) { return value_; }
  void handle_call(reset) { value_ = 0; }
  task<int> handle_call(slow_total request) {
    int before = value_;
    co_await sleep_for(request.time);
    EXPECT_EQ(value_, before) << "a handler runs to its end before the next one";
    co_return value_;
  }
  task<> handle_cast(slow_add request) {
    co_await sleep_for(10ms);
    value_ += request.amount;
  }
  void handle_info(tick message) { value_ += message.amount; }
  void handle_info(exited) { value_ = -1; }

 private:
  int value_;
};

static_assert(sizeof(server<counter>) == 8 && std::is_trivially_copyable_v<server<counter>>);
static_assert(sendable<server<counter>> && sendable<named<counter>>);

class gen_server_requests : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, gen_server_requests, beside_and_elsewhere, name_of_place);

TEST_P(gen_server_requests, calls_casts_and_infos_are_handled_in_their_order) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<counter>(on(where), 10);
    server.cast(counter::add{5});
    send(server.pid(), tick{100});
    EXPECT_EQ(co_await server.call(counter::total{}), 115);
    co_await server.call(counter::reset{});
    EXPECT_EQ(co_await server.try_call(counter::total{}), (std::expected<int, exit_reason>{0}));
    EXPECT_TRUE((co_await server.try_call(counter::reset{})).has_value());
    co_await server.stop();
  });
}

TEST_P(gen_server_requests, a_handler_that_waits_ends_before_the_next_begins) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<counter>(on(where), 0);
    spawn([](dialtone::server<counter> asked) -> process<> { co_await asked.call(counter::slow_total{20ms}); }, server);
    co_await yield();
    server.cast(counter::slow_add{1});
    server.cast(counter::add{1});
    time_point before = now();
    EXPECT_EQ(co_await server.call(counter::total{}), 2);
    EXPECT_GE(now() - before, 29ms);
    co_await server.stop();
  });
}

TEST_P(gen_server_requests, a_name_is_looked_up_at_each_request) {
  run([](std::uint32_t where) -> process<> {
    dialtone::named<counter> numbers{"numbers"};
    EXPECT_EQ(numbers.pid(), pid{});
    numbers.cast(counter::add{1});
    EXPECT_EQ((co_await numbers.try_call(counter::total{})).error(), exit_reason::noproc);
    for (int start : {1, 2}) {
      auto server = co_await dialtone::start<counter>({.name = "numbers", .scheduler = placement::on(where)}, start);
      numbers.cast(counter::add{10});
      EXPECT_EQ(co_await numbers.call(counter::total{}), 10 + start);
      EXPECT_EQ(numbers.pid(), server.pid());
      co_await numbers.stop();
    }
  });
}

TEST_P(gen_server_requests, an_exit_signal_is_an_info_to_a_server_that_traps_exits) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await dialtone::start<counter>({.scheduler = placement::on(where), .trap_exit = true}, 0);
    exit(server.pid(), because("a stranger's wish"));
    EXPECT_EQ(co_await server.call(counter::total{}), -1);
    co_await server.stop();
  });
}

TEST(gen_server, logs_and_drops_what_it_has_no_handler_for) {
  stepped_runtime rt;
  static pid who;
  EXPECT_EQ(rt.run([]() -> process<> {
    who = self();
    auto server = co_await start_link<counter>(7);
    send(server.pid(), stranger{});
    EXPECT_EQ(co_await server.call(counter::total{}), 7);
    EXPECT_EQ((co_await info_of(server.pid()))->mailbox_length, 0u);
  }),
            exit_reason::normal);
  ASSERT_EQ(rt.log().size(), 1u);
  EXPECT_TRUE(rt.log()[0].starts_with("[warning] ")) << rt.log()[0];
  EXPECT_TRUE(rt.log()[0].contains("counter has no handler for a message ")) << rt.log()[0];
  EXPECT_TRUE(rt.log()[0].ends_with("stranger from " + to_string(who))) << rt.log()[0];
}

TEST(gen_server, a_pid_of_a_server_is_a_value) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto one = co_await start_link<counter>(1);
    auto other = co_await start_link<counter>(2);
    std::set<server<counter>> ordered{one, other, one};
    EXPECT_EQ(ordered.size(), 2u);
    EXPECT_EQ(server<counter>{one.pid()}, one);
    EXPECT_EQ(std::hash<server<counter>>{}(one), std::hash<pid>{}(one.pid()));
    EXPECT_EQ(to_string(one), to_string(one.pid()));
    EXPECT_EQ(server<counter>{}.pid(), pid{});
  }),
            exit_reason::normal);
}

// --- replies ---

class desk : public gen_server<desk> {
 public:
  struct ask {
    using reply = int;
    int number;
  };
  struct wait {
    using reply = void;
  };
  struct answer_all {};
  struct fetch {
    using reply = std::unique_ptr<int>;
    std::unique_ptr<int> number;
  };
  struct hand_on {
    using reply = int;
    pid clerk;
  };
  struct twice {
    using reply = int;
  };
  struct slowly {
    using reply = int;
  };

  void handle_call(ask request, reply_to<int> from) { waiting_.emplace_back(request.number, from); }
  void handle_call(wait, reply_to<void> from) { waiters_.push_back(from); }
  void handle_cast(answer_all) {
    for (auto& [number, from] : waiting_) reply(from, number * 2);
    for (auto& from : waiters_) reply(from);
  }
  std::unique_ptr<int> handle_call(fetch request) {
    ++*request.number;
    return std::move(request.number);
  }
  void handle_call(hand_on request, reply_to<int> from) { send(request.clerk, from); }
  int handle_call(twice) { return 1; }
  void handle_call(twice, reply_to<int> from) {
    reply(from, 2);
    reply(from, 3);
  }
  task<> handle_call(slowly, reply_to<int> from) {
    co_await sleep_for(10ms);
    reply(from, 4);
    co_await sleep_for(10ms);
  }

 private:
  std::vector<std::pair<int, reply_to<int>>> waiting_;
  std::vector<reply_to<void>> waiters_;
};

struct answered {
  int value;
};

TEST_P(gen_server_requests, replies_may_come_later_and_in_another_order) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<desk>(on(where));
    for (int number : {1, 2, 3})
      spawn([](dialtone::server<desk> asked, int value,
               pid observer) -> process<> { send(observer, answered{co_await asked.call(desk::ask{value})}); },
            server, number, self());
    spawn(
        [](dialtone::server<desk> asked, pid observer) -> process<> {
          co_await asked.call(desk::wait{});
          send(observer, answered{0});
        },
        server, self());
    EXPECT_FALSE(co_await receive<answered>(after(1s)));
    server.cast(desk::answer_all{});
    std::multiset<int> all;
    for (int left = 4; left > 0; --left) all.insert((co_await receive<answered>()).value);
    EXPECT_EQ(all, (std::multiset{0, 2, 4, 6}));
    co_await server.stop();
  });
}

TEST_P(gen_server_requests, an_answer_may_come_from_another_process) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<desk>(on(where));
    pid clerk = spawn([]() -> process<> {
      auto from = co_await receive<reply_to<int>>();
      co_await sleep_for(5ms);
      reply(from, 77);
    });
    EXPECT_EQ(co_await server.call(desk::hand_on{clerk}), 77);
    co_await server.stop();
  });
}

TEST_P(gen_server_requests, requests_and_replies_may_be_move_only) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<desk>(on(where));
    EXPECT_EQ(*co_await server.call(desk::fetch{std::make_unique<int>(4)}), 5);
    auto tried = co_await server.try_call(desk::fetch{std::make_unique<int>(5)});
    EXPECT_EQ(**tried, 6);
    co_await server.stop();
  });
}

TEST_P(gen_server_requests, the_first_reply_counts_and_a_handler_with_from_goes_before_one_without) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<desk>(on(where));
    EXPECT_EQ(co_await server.call(desk::twice{}), 2);
    time_point before = now();
    EXPECT_EQ(co_await server.call(desk::slowly{}), 4);
    EXPECT_LT(now() - before, 15ms) << "the reply does not wait for the end of the handler";
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
    co_await server.stop();
  });
}

}  // namespace
}  // namespace dialtone
