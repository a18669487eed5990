// SPDX-License-Identifier: Apache-2.0
// Entries leave with their process, before that can be seen, and at a cost that does not grow with the others.
#include <atomic>
#include <thread>

#include <dialtone/otp/registry_doubles_test.hpp>
#include <dialtone/runtime/blocking.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class entries_of_the_dead : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, entries_of_the_dead, beside_and_elsewhere, name_of_place);

TEST_P(entries_of_the_dead, are_gone_before_the_down) {
  run([](std::uint32_t peer) -> process<> {
    phones all = duplicates();
    for (exit_reason reason : {exit_reason{exit_reason::normal}, exit_reason{exit_reason::kill}, because("ill")}) {
      pid one = co_await start_holder(all, {"a", "b", "a"}, 1, peer);
      reference watched = monitor(one);
      EXPECT_EQ(all.count(), 3u);
      if (reason == exit_reason::normal)
        send(one, go{});
      else
        exit(one, reason);
      co_await end_of(watched);
      EXPECT_EQ(all.count(), 0u);
      EXPECT_TRUE(all.lookup_all("a").empty());
      EXPECT_TRUE(all.keys(one).empty());
      EXPECT_TRUE(all.values("a", one).empty());
      EXPECT_EQ(all.count_select(any), 0u);
    }
  });
}

TEST_P(entries_of_the_dead, are_gone_before_an_exit_signal) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    trap_exit();
    pid one = spawn_link(on(peer), holder, all, texts{"a"}, 1, self());
    co_await receive<registered_now>();
    exit(one, exit_reason::kill);
    co_await receive<exited>();
    EXPECT_FALSE(all.whereis("a"));
    all.register_key("a");
  });
}

TEST_P(entries_of_the_dead, leave_those_of_others) {
  run([](std::uint32_t peer) -> process<> {
    phones all = duplicates(1);
    pid first = co_await start_holder(all, {"k", "j"}, 1, peer);
    pid second = co_await start_holder(all, {"k", "k"}, 11, peer);
    pid third = co_await start_holder(all, {"k", "i"}, 21, 0);
    send(first, go{});
    co_await await_death(first);
    EXPECT_EQ(sorted(values_of(all.lookup_all("k"))), (numbers{11, 12, 21}));
    EXPECT_EQ(all.keys(third), (texts{"k", "i"}));
    send(third, go{});
    co_await await_death(third);
    EXPECT_EQ(sorted(values_of(all.lookup_all("k"))), (numbers{11, 12}));
    EXPECT_EQ(all.keys(second), (texts{"k", "k"}));
  });
}

TEST_P(entries_of_the_dead, free_their_key_for_the_next_process) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    for (int i = 0; i < 100; ++i) {
      pid one = co_await start_holder(all, {"relay"}, i, i % 2 == 0 ? 0 : peer);
      EXPECT_EQ(all.lookup("relay")->pid, one);
      EXPECT_EQ(all.lookup("relay")->value, i);
      if (i % 3 == 0)
        exit(one, exit_reason::kill);
      else
        send(one, go{});
      co_await await_death(one);
      EXPECT_FALSE(all.lookup("relay"));
    }
  });
}

/// Registers, with an object in its frame whose destructor uses the registry.
template <class Object>
process<> holds_object(phones all, std::string key, pid home) {
  Object held{all};
  all.register_key(key);
  send(home, registered_now{});
  co_await receive<go>();
}

template <class Object>
task<pid> kill_one_that_holds(phones all, std::string key, std::uint32_t where) {
  pid one = spawn(on(where), holds_object<Object>, all, std::move(key), self());
  co_await receive<registered_now>();
  exit(one, exit_reason::kill);
  co_await await_death(one);
  co_return one;
}

TEST_P(entries_of_the_dead, are_there_while_its_destructors_run) {
  run([](std::uint32_t peer) -> process<> {
    static std::optional<pid> seen;
    struct last_look {
      ~last_look() { seen = all.whereis("a"); }
      phones all;
    };
    seen = {};
    phones all;
    pid one = co_await kill_one_that_holds<last_look>(all, "a", peer);
    EXPECT_EQ(seen, one);
    EXPECT_FALSE(all.whereis("a"));
  });
}

TEST_P(entries_of_the_dead, are_not_added_to) {
  run([](std::uint32_t peer) -> process<> {
    static std::expected<void, registration_refusal> late;
    static std::size_t given_up;
    struct latecomer {
      ~latecomer() {
        late = all.try_register_key("late");
        given_up = all.unregister("early");
      }
      phones all;
    };
    late = {};
    phones all;
    co_await kill_one_that_holds<latecomer>(all, "early", peer);
    EXPECT_EQ(late.error().why, registration_error::not_alive);
    EXPECT_EQ(given_up, 1u);
    EXPECT_EQ(all.count(), 0u);
  });
}

// The value of an entry is destroyed in its process's name, with no lock held.
TEST_P(entries_of_the_dead, may_use_the_registry_in_the_destructors_of_their_values) {
  run([](std::uint32_t peer) -> process<> {
    static int destroyed;
    destroyed = 0;
    using loud = registry<std::string, std::shared_ptr<const int>>;
    static loud* open;
    loud all{{.keys = registry_keys::duplicate}};
    open = &all;
    pid one = spawn(
        on(peer),
        [](pid home) -> process<> {
          for (const char* key : {"a", "b"})
            open->register_key(key, {new int{1}, [](const int* gone) {
                                       delete gone;
                                       ++destroyed;
                                       open->unregister("b");
                                       EXPECT_FALSE(open->try_register_key("c"));
                                       EXPECT_EQ(open->lookup_all("a").size(), 0u);
                                     }});
          send(home, registered_now{});
          co_await receive<go>();
        },
        self());
    co_await receive<registered_now>();
    exit(one, exit_reason::kill);
    co_await await_death(one);
    EXPECT_EQ(destroyed, 2);
    EXPECT_EQ(all.count(), 0u);
  });
}

TEST(entries_of_the_dead_in_many_registries, are_gone_from_all) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    phones one;
    phones other = duplicates();
    pid member = spawn(
        [](phones one, phones other) -> process<> {
          one.register_key("a");
          other.register_key("a");
          one.register_key("b");
          co_await receive<go>();
        },
        one, other);
    co_await yield();
    EXPECT_EQ(one.count() + other.count(), 3u);
    send(member, go{});
    co_await await_death(member);
    EXPECT_EQ(one.count() + other.count(), 0u);
  }),
            exit_reason::normal);
}

TEST(entries_of_a_runtime, are_gone_when_it_has_stopped) {
  phones all = duplicates();
  {
    stepped_runtime rt{{.schedulers = 2}};
    for (std::uint32_t i = 0; i < 20; ++i)
      rt.spawn(
          on(i % 2),
          [](phones all) -> process<> {
            all.register_key("a");
            all.register_key("b");
            co_await receive<go>();
          },
          all);
    rt.settle();
    EXPECT_EQ(all.count(), 40u);
  }
  EXPECT_EQ(all.count(), 0u);
}

// Dead to all, though its frame waits for a function in the pool.
TEST(entries_of_the_dead_in_blocking_work, are_gone_before_that_returns) {
  static std::atomic<bool> may_return;
  static std::atomic<bool> begun;
  may_return = begun = false;
  runtime rt{{.schedulers = 1}};
  EXPECT_EQ(rt.run([]() -> process<> {
    phones all;
    pid one = spawn(
        [](phones all) -> process<> {
          all.register_key("a");
          co_await blocking([] {
            begun = true;
            while (!may_return) std::this_thread::yield();
          });
        },
        all);
    while (!begun) co_await yield();
    exit(one, exit_reason::kill);
    co_await await_death(one);
    EXPECT_FALSE(all.whereis("a"));
    may_return = true;
  }),
            exit_reason::normal);
}

// The work of a change, in steps along chains and entries moved, which is what grows when something is searched for.
struct churn {
  std::uint64_t joins_and_leaves = 0;
  std::uint64_t deaths = 0;
};

template <class Registry>
std::uint64_t work(const Registry& all) {
  return detail::registry_inside::index(all).work();
}

constexpr int rounds = 1'000;

process<> fill(phones all, int count, pid home) {
  for (int i = 0; i < count; ++i) all.register_key("hot", i);
  send(home, registered_now{});
  co_await receive<go>();
}

/// What it costs to join and to leave a key that has so many entries already.
churn work_beside(int entries) {
  stepped_runtime rt;
  static churn found;
  EXPECT_EQ(rt.run(
                [](int entries) -> process<> {
                  phones all = duplicates();
                  constexpr int each = 50'000;
                  for (int left = entries; left > 0; left -= each) {
                    spawn(fill, all, std::min(left, each), self());
                    co_await receive<registered_now>();
                  }
                  std::uint64_t before = work(all);
                  for (int i = 0; i < rounds; ++i) {
                    all.register_key("hot", i);
                    if (i % 2 == 0) all.unregister("hot");
                  }
                  all.unregister("hot");
                  found.joins_and_leaves = work(all) - before;
                  std::vector<pid> members;
                  for (int i = 0; i < rounds; ++i) members.push_back(co_await start_holder(all, {"hot", "cold"}, i, 0));
                  before = work(all);
                  for (pid one : members) {
                    send(one, go{});
                    co_await await_death(one);
                  }
                  found.deaths = work(all) - before;
                  EXPECT_EQ(all.count("hot"), static_cast<std::size_t>(entries));
                },
                entries),
            exit_reason::normal);
  return found;
}

TEST(a_hot_key, costs_the_same_to_join_and_to_leave_however_many_have_it) {
  const churn few = work_beside(1'500);
  const churn many = work_beside(150'000);
  EXPECT_LE(few.joins_and_leaves, 4u * rounds);
  EXPECT_LE(many.joins_and_leaves, 4u * rounds);
  EXPECT_GE(many.joins_and_leaves, 2u * rounds) << "the work is counted";
  EXPECT_LE(few.deaths, 8u * rounds);
  EXPECT_LE(many.deaths, 8u * rounds);
}

// What a process has of its own is indexed too: one that is in many rooms leaves each as easily.
TEST(a_process_with_many_keys, gives_each_up_at_the_same_cost) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    registry<int> all{{.keys = registry_keys::duplicate}};
    constexpr int keys = 50'000;
    for (int i = 0; i < keys; ++i) all.register_key(i);
    const std::uint64_t before = work(all);
    for (int i = 0; i < keys; ++i) EXPECT_EQ(all.unregister(i), 1u);
    EXPECT_LE(work(all) - before, 4u * keys);
    EXPECT_EQ(all.count(), 0u);
    co_return;
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
