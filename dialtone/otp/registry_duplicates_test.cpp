// SPDX-License-Identifier: Apache-2.0
// Registries with duplicate keys, and dispatch. What is doubtful was asked of Elixir 1.14 (Debian's).
#include <dialtone/otp/registry_doubles_test.hpp>
#include <dialtone/runtime/full_mailbox_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class duplicate_keys : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, duplicate_keys, beside_and_elsewhere, name_of_place);

TEST_P(duplicate_keys, have_any_number_of_entries) {
  run([](std::uint32_t peer) -> process<> {
    phones all = duplicates();
    pid other = co_await start_holder(all, {"k", "k", "j"}, 1, peer);
    all.register_key("k", 4);
    EXPECT_EQ(values_of(all.lookup_all("k")), (numbers{1, 2, 4}));
    EXPECT_EQ(all.count("k"), 3u);
    EXPECT_EQ(all.count(), 4u);
    EXPECT_EQ(all.count_match("k", even), 2u);
    EXPECT_EQ(values_of(all.match("k", even)), (numbers{2, 4}));
    EXPECT_EQ(all.keys(other), (texts{"k", "k", "j"}));
    EXPECT_EQ(all.values("k", other), (numbers{1, 2}));
    EXPECT_TRUE(all.lookup_all("z").empty());
  });
}

// elixir: values in the order of registration; unregister takes all of them.
TEST_P(duplicate_keys, of_one_process_go_all_at_once_or_by_their_values) {
  run([](std::uint32_t peer) -> process<> {
    phones all = duplicates();
    co_await start_holder(all, {"k"}, 1, peer);
    for (int value : {3, 1, 2, 1}) all.register_key("k", value);
    EXPECT_EQ(all.values("k", self()), (numbers{3, 1, 2, 1}));
    EXPECT_EQ(all.unregister_match("k", [](int value) { return value == 1; }), 2u);
    EXPECT_EQ(all.values("k", self()), (numbers{3, 2}));
    EXPECT_EQ(sorted(values_of(all.lookup_all("k"))), (numbers{1, 2, 3})) << "another's 1 stays";
    EXPECT_EQ(all.unregister_match("k", [](int value) { return value == 77; }), 0u);
    all.register_key("k", 9);
    EXPECT_EQ(all.values("k", self()), (numbers{3, 2, 9}));
    EXPECT_EQ(all.unregister("k"), 3u);
    EXPECT_EQ(values_of(all.lookup_all("k")), numbers{1});
    EXPECT_TRUE(all.keys(self()).empty());
  });
}

// elixir keeps the order of registration; here the last one moves into the gap, which costs the same for any number.
TEST_P(duplicate_keys, are_in_the_order_of_registration_until_one_leaves) {
  run([](std::uint32_t) -> process<> {
    phones all = duplicates();
    for (int value : {1, 2, 3, 4}) all.register_key("k", value);
    EXPECT_EQ(values_of(all.lookup_all("k")), (numbers{1, 2, 3, 4}));
    all.unregister_match("k", [](int value) { return value == 2; });
    EXPECT_EQ(values_of(all.lookup_all("k")), (numbers{1, 4, 3}));
    EXPECT_EQ(all.values("k", self()), (numbers{1, 3, 4}));
    co_return;
  });
}

// The predicate is asked about copies, so it may do what it likes.
TEST_P(duplicate_keys, may_be_changed_by_a_predicate_that_is_asked_about_them) {
  run([](std::uint32_t) -> process<> {
    phones all = duplicates();
    for (int value : {1, 2, 3}) all.register_key("k", value);
    EXPECT_EQ(all.unregister_match("k",
                                   [&](int value) {
                                     if (value == 1) all.unregister_match("k", even);
                                     all.register_key("k", 10 + value);
                                     return true;
                                   }),
              2u);
    EXPECT_EQ(sorted(all.values("k", self())), (numbers{11, 12, 13}));
    EXPECT_EQ(all.match("k", [&](int) { return all.count("k") == 3; }).size(), 3u);
    co_return;
  });
}

/// Registers and collects what is dispatched, until it has so many.
process<> member(phones all, std::string key, pid home, std::size_t count) {
  all.register_key(key, 0);
  send(home, registered_now{});
  numbers got;
  while (got.size() < count) got.push_back((co_await receive<number>()).value);
  send(home, got);
}

TEST_P(duplicate_keys, are_dispatched_to_each_entry) {
  run([](std::uint32_t peer) -> process<> {
    phones all = duplicates();
    for (std::uint32_t i = 0; i < 6; ++i) spawn(on(i % 2 == 0 ? 0 : peer), member, all, "room", self(), 3u);
    for (int i = 0; i < 6; ++i) co_await receive<registered_now>();
    pid outside = co_await start_holder(all, {"other room"}, 0, peer);
    EXPECT_EQ(all.dispatch("room", number{1}), 6u);
    for (const auto& each : all.lookup_all("room")) send(each.pid, number{2});
    EXPECT_EQ(all.dispatch("room", number{3}), 6u);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(co_await receive<numbers>(), (numbers{1, 2, 3}));
    auto info = co_await info_of(outside);
    EXPECT_EQ(info->mailbox_length, 0u);
    EXPECT_EQ(all.dispatch("nobody's room", number{4}), 0u);
  });
}

TEST_P(duplicate_keys, registered_twice_get_a_message_twice) {
  run([](std::uint32_t) -> process<> {
    phones all = duplicates();
    all.register_key("room", 1);
    all.register_key("room", 2);
    EXPECT_EQ(all.dispatch("room", number{5}), 2u);
    EXPECT_EQ((co_await receive<number>()).value, 5);
    EXPECT_EQ((co_await receive<number>()).value, 5);
    EXPECT_FALSE(co_await receive<number>(after(0s)));
  });
}

// elixir: the function is not called for a key without entries; it runs in the caller.
TEST_P(duplicate_keys, are_dispatched_by_a_function) {
  run([](std::uint32_t peer) -> process<> {
    phones all = duplicates();
    co_await start_holder(all, {"room", "room"}, 1, peer);
    int calls = 0;
    EXPECT_EQ(all.dispatch("nobody's room", [&](std::vector<phones::entry>) { ++calls; }), 0u);
    EXPECT_EQ(calls, 0);
    pid here = self();
    EXPECT_EQ(all.dispatch("room",
                           [&](std::vector<phones::entry> entries) {
                             ++calls;
                             EXPECT_EQ(values_of(entries), (numbers{1, 2}));
                             EXPECT_EQ(self(), here);
                             all.register_key("room", 3);
                           }),
              2u);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(all.count("room"), 3u);
  });
}

TEST_P(duplicate_keys, with_unique_ones_too_a_dispatch_finds_the_process) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    spawn(on(peer), member, all, "room", self(), 1u);
    co_await receive<registered_now>();
    EXPECT_EQ(all.dispatch("room", number{8}), 1u);
    EXPECT_EQ(co_await receive<numbers>(), numbers{8});
  });
}

// No lock is held while a dispatch sends: predicates of receivers run meanwhile.
TEST_P(duplicate_keys, may_be_changed_by_who_gets_a_dispatch) {
  run([](std::uint32_t peer) -> process<> {
    phones all = duplicates();
    for (std::uint32_t where : {0u, peer, 0u, peer})
      spawn(
          on(where),
          [](phones all, pid home) -> process<> {
            all.register_key("room", 1);
            send(home, registered_now{});
            co_await receive<number>([&](const number&) {
              all.unregister("room");
              all.register_key("left", 1);
              return true;
            });
            send(home, go{});
            co_await receive<go>();
          },
          all, self());
    for (int i = 0; i < 4; ++i) co_await receive<registered_now>();
    EXPECT_EQ(all.dispatch("room", number{1}), 4u);
    for (int i = 0; i < 4; ++i) co_await receive<go>();
    EXPECT_EQ(all.count("room"), 0u);
    EXPECT_EQ(all.count("left"), 4u);
  });
}

struct full_rooms : ::testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(from_scheduler, full_rooms, ::testing::Values(0u, 1u));

process<> sluggish_member(phones all) {
  all.register_key("room", 0);
  for (;;) {
    co_await receive<take_one>();
    co_await receive<number>();
  }
}

// A dispatch is a send of the caller: it owes to each full mailbox, and goes on when they have drained to half.
TEST_P(full_rooms, hold_who_dispatches_to_them) {
  stepped_runtime rt{{.schedulers = 2}};
  static bool went_on;
  went_on = false;
  phones all = duplicates();
  std::vector<pid> members;
  for (int i = 0; i < 3; ++i) members.push_back(rt.spawn({.mailbox_limit = limit}, sluggish_member, all));
  rt.settle();
  pid sender = rt.spawn(
      on(GetParam()),
      [](phones all) -> process<> {
        for (std::size_t i = 0; i <= limit; ++i) all.dispatch("room", number{});
        co_await receive<go>();
        went_on = true;
        co_await receive<go>();
      },
      all);
  rt.settle();
  rt->send(sender, go{});
  rt.settle();
  EXPECT_FALSE(went_on);
  for (pid each : members) {
    EXPECT_EQ(length_of(rt, each), limit + 1);
    EXPECT_EQ(rt->info(sender)->state, process_state::owing);
    for (std::size_t i = 0; i <= limit / 2; ++i) rt->send(each, take_one{});
    rt.settle();
  }
  EXPECT_TRUE(went_on);
}

// What a mailbox at its hard limit does is its own affair: the others get all messages.
TEST_P(full_rooms, at_their_hard_limit_lose_who_does_not_read) {
  stepped_runtime rt{{.schedulers = 2}};
  phones all = duplicates();
  pid lost = rt.spawn({.mailbox_limit = limit}, sluggish_member, all);
  pid kept = rt.spawn(sluggish_member, all);
  rt.settle();
  rt.spawn(
      on(GetParam()),
      [](phones all) -> process<> {
        for (std::size_t i = 0; i <= 4 * limit; ++i) all.dispatch("room", number{});
        co_return;
      },
      all);
  rt.settle();
  EXPECT_FALSE(lives(rt, lost));
  EXPECT_EQ(length_of(rt, kept), 4 * limit + 1);
  EXPECT_EQ(all.count("room"), 1u);
}

}  // namespace
}  // namespace dialtone
