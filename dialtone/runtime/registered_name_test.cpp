// SPDX-License-Identifier: Apache-2.0
// What is doubtful was asked of Erlang/OTP 25 (Debian's erl), and is said where it was.
#include <dialtone/runtime/registered_name.hpp>

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

TEST(registered_name, is_found_from_everywhere) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(whereis("clock"), std::nullopt);
    register_name("clock");
    EXPECT_EQ(whereis("clock"), self());
    spawn(
        on(1),
        [](pid owner) -> process<> {
          EXPECT_EQ(whereis("clock"), owner);
          send(owner, go{});
          co_return;
        },
        self());
    co_await receive<go>();
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->whereis("clock"), std::nullopt);
}

TEST(registered_name, belongs_to_one_process) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    register_name("one");
    for (std::uint32_t where : {0u, 1u}) {
      auto second = spawn_monitor(on(where), []() -> process<> {
        EXPECT_EQ(try_register_name("one").error(), name_error::taken);
        EXPECT_FALSE(unregister_name("one"));
        register_name("one");
        co_return;
      });
      exit_reason reason = co_await end_of(second.reference);
      EXPECT_EQ(reason.type(), "dialtone::name_refused");
      EXPECT_EQ(reason.text(), "the name 'one' was refused: the name is taken");
    }
    EXPECT_EQ(whereis("one"), self());
  }),
            exit_reason::normal);
}

TEST(registered_name, can_be_had_once_only_by_its_own_process_too) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    register_name("one");
    EXPECT_EQ(try_register_name("one").error(), name_error::taken);
    EXPECT_TRUE(unregister_name("one"));
    EXPECT_FALSE(unregister_name("one"));
    EXPECT_EQ(whereis("one"), std::nullopt);
    register_name("one");
    EXPECT_EQ(whereis("one"), self());
    co_return;
  }),
            exit_reason::normal);
}

TEST(registered_name, has_1_to_255_bytes) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(try_register_name("").error(), name_error::empty);
    EXPECT_TRUE(try_register_name("x").has_value());
    EXPECT_TRUE(try_register_name(std::string(255, 'x')).has_value());
    EXPECT_EQ(try_register_name(std::string(256, 'x')).error(), name_error::too_long);
    EXPECT_EQ(whereis(std::string(255, 'x')), self());
    EXPECT_EQ(whereis(std::string(256, 'x')), std::nullopt);
    EXPECT_EQ(whereis(""), std::nullopt);
    EXPECT_THROW(register_name(""), name_refused);
    co_return;
  }),
            exit_reason::normal);
}

// In Erlang a process has one name at most; here several, each of its own.
TEST(registered_name, may_be_one_of_several) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid many = spawn({.name = "b"}, []() -> process<> {
      register_name("a");
      register_name("c");
      co_await receive<go>();
      unregister_name("a");
      co_await receive<go>();
    });
    co_await yield();
    EXPECT_EQ(registered_names(), (std::vector<std::string>{"a", "b", "c"}));
    auto info = co_await info_of(many);
    EXPECT_EQ(info ? info->names : std::vector<std::string>{}, (std::vector<std::string>{"b", "a", "c"}));
    send(many, go{});
    co_await yield();
    EXPECT_EQ(registered_names(), (std::vector<std::string>{"b", "c"}));
    send(many, go{});
    co_await await_death(many);
    EXPECT_TRUE(registered_names().empty());
  }),
            exit_reason::normal);
}

TEST(registered_name, may_hold_any_bytes) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    const std::string strange{"\0\xff\n\xc3", 4};
    register_name(strange);
    EXPECT_EQ(whereis(strange), self());
    EXPECT_EQ(whereis(std::string_view{strange}.substr(0, 3)), std::nullopt);
    co_return;
  }),
            exit_reason::normal);
}

TEST(registered_name, is_free_for_the_next_process) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid before;
    for (std::uint32_t i = 0; i < 100; ++i) {
      auto owner = spawn_monitor({.name = "relay", .scheduler = placement::on(i % 2)}, wait_for_go);
      EXPECT_NE(owner.pid, before);
      EXPECT_EQ(whereis("relay"), owner.pid);
      if (i % 3 == 0)
        exit(owner.pid, exit_reason::kill);
      else
        send(owner.pid, go{});
      co_await end_of(owner.reference);
      EXPECT_EQ(whereis("relay"), std::nullopt);
      before = owner.pid;
    }
  }),
            exit_reason::normal);
}

// A process that has given its name away does not take it from the next owner when it dies.
TEST(registered_name, is_not_taken_along_by_a_former_owner) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid former = spawn({.name = "relay"}, []() -> process<> {
      unregister_name("relay");
      co_await receive<go>();
    });
    co_await yield();
    register_name("relay");
    send(former, go{});
    co_await await_death(former);
    EXPECT_EQ(whereis("relay"), self());
  }),
            exit_reason::normal);
}

// erl: register(...) by a process that exits is undone before its monitors fire; who is dead already gets badarg.
TEST(registered_name, cannot_be_had_by_a_dying_process) {
  stepped_runtime rt;
  static std::expected<void, name_error> late;
  late = {};
  struct latecomer {
    ~latecomer() { late = try_register_name("late"); }
  };
  EXPECT_EQ(rt.run([]() -> process<> {
    pid dying = spawn([]() -> process<> {
      latecomer here;
      co_await receive<go>();
    });
    co_await yield();
    exit(dying, exit_reason::kill);
    co_await await_death(dying);
    EXPECT_EQ(whereis("late"), std::nullopt);
  }),
            exit_reason::normal);
  EXPECT_EQ(late.error(), name_error::not_alive);
}

// Processes of all schedulers fight for one name; at any time at most one has it.
std::atomic<int> owners;
std::atomic<int> successes;

process<> fight(int rounds, pid home) {
  for (int i = 0; i < rounds; ++i) {
    if (try_register_name("prize")) {
      EXPECT_EQ(++owners, 1);
      EXPECT_EQ(whereis("prize"), self());
      ++successes;
      if (i % 2 == 0) co_await yield();
      --owners;
      EXPECT_TRUE(unregister_name("prize"));
    }
    co_await yield();
  }
  send(home, go{});
}

TEST(registered_name, has_one_owner_among_many_that_want_it) {
  owners = successes = 0;
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    constexpr int fighters = 9;
    for (std::uint32_t i = 0; i < fighters; ++i) spawn(on(i % 3), fight, 500, self());
    for (int i = 0; i < fighters; ++i) co_await receive<go>();
    EXPECT_EQ(whereis("prize"), std::nullopt);
  }),
            exit_reason::normal);
  EXPECT_GT(successes, 0);
}

// An ordinary thread looks up names while processes come and go: what it finds is a pid that had the name.
TEST(registered_name, is_looked_up_from_outside_while_it_changes_hands) {
  runtime rt{{.schedulers = 2}};
  std::atomic<bool> done{false};
  std::thread reader{[&] {
    while (!done) {
      if (auto found = rt.whereis("busy")) EXPECT_EQ(found->scheduler(), 1u);
    }
  }};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i = 0; i < 500; ++i) {
      auto owner = spawn_monitor({.name = "busy", .scheduler = placement::on(1)}, end_at_once);
      co_await end_of(owner.reference);
    }
  }),
            exit_reason::normal);
  done = true;
  reader.join();
  EXPECT_EQ(rt.whereis("busy"), std::nullopt);
}

TEST(spawn_names, past_the_limit_of_names_are_an_error_of_their_own) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    detail::names& names = detail::this_scheduler().state.registered;
    while (names.size() < detail::names::default_limit) names.insert(std::to_string(names.size()), self().value());
    auto refusal_of = [](std::uint32_t where) {
      auto refused = try_spawn({.name = "one more", .scheduler = placement::on(where)}, testing::wait_for_go);
      return refused ? "none" : to_string(refused.error());
    };
    EXPECT_EQ(refusal_of(0), "the runtime has as many names as it may have");
    EXPECT_EQ(refusal_of(1), refusal_of(0));
    names.erase("7", self().value());
    EXPECT_EQ(refusal_of(0), "none");
    EXPECT_EQ(refusal_of(1), "the name is taken");
    co_return;
  }),
            exit_reason::normal);
  try {
    rt.spawn({.name = "another"}, testing::wait_for_go);
    ADD_FAILURE();
  } catch (const system_limit_reached& refused) {
    EXPECT_EQ(refused.why(), spawn_error::name_limit);
  }
}

}  // namespace
}  // namespace dialtone
