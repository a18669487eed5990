// SPDX-License-Identifier: Apache-2.0
// What is doubtful was asked of Elixir 1.14 (Debian's), and is said where it was.
#include <dialtone/otp/registry.hpp>

#include <stdexcept>

#include <dialtone/base/bytes.hpp>
#include <dialtone/otp/registry_doubles_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

static_assert(sendable<phones> && std::is_copy_constructible_v<phones> && sizeof(phones) == 2 * sizeof(void*));
static_assert(std::is_nothrow_move_constructible_v<phones>);
static_assert(std::is_same_v<phones::key_argument, std::string_view>, "a lookup makes no string");
static_assert(!sendable<registry_lock>);

class unique_keys : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, unique_keys, beside_and_elsewhere, name_of_place);

TEST_P(unique_keys, are_found_until_they_are_unregistered) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    EXPECT_FALSE(all.lookup("lobby"));
    EXPECT_FALSE(all.whereis("lobby"));
    all.register_key("lobby", 7);
    spawn(
        on(peer),
        [](phones all, pid owner) -> process<> {
          EXPECT_EQ(all.whereis("lobby"), owner);
          auto found = all.lookup("lobby");
          EXPECT_TRUE(found && found->pid == owner && found->value == 7);
          send(owner, go{});
          co_return;
        },
        all, self());
    co_await receive<go>();
    EXPECT_EQ(all.unregister("lobby"), 1u);
    EXPECT_FALSE(all.lookup("lobby"));
    EXPECT_EQ(all.unregister("lobby"), 0u);
    EXPECT_EQ(all.count(), 0u);
  });
}

// elixir: {:error, {:already_registered, pid}}, for the owner itself too.
TEST_P(unique_keys, belong_to_one_process) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    pid owner = co_await start_holder(all, {"lobby"}, 1, peer);
    auto refused = all.try_register_key("lobby", 2);
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error().why, registration_error::already_registered);
    EXPECT_EQ(refused.error().owner, owner);
    EXPECT_EQ(all.lookup("lobby")->value, 1);
    all.register_key("mine", 3);
    EXPECT_EQ(all.try_register_key("mine", 4).error().owner, self());
    EXPECT_EQ(all.lookup("mine")->value, 3);
    EXPECT_EQ(all.count(), 2u);
  });
}

TEST_P(unique_keys, that_are_taken_end_who_insists) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    all.register_key("lobby");
    auto second = spawn_monitor(on(peer), holder, all, texts{"lobby"}, 1, self());
    EXPECT_EQ(
        co_await end_of(second.reference),
        exit_reason::custom_text("a registration was refused: the key is registered already, by " + to_string(self())));
  });
}

// elixir: unregister returns :ok and does nothing, update_value returns :error.
TEST_P(unique_keys, are_left_alone_by_others) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    pid owner = co_await start_holder(all, {"lobby"}, 1, peer);
    EXPECT_EQ(all.unregister("lobby"), 0u);
    EXPECT_EQ(all.unregister_match("lobby", any), 0u);
    EXPECT_FALSE(all.update_value("lobby", [](int value) { return value + 1; }));
    EXPECT_EQ(all.whereis("lobby"), owner);
    EXPECT_EQ(all.lookup("lobby")->value, 1);
  });
}

// elixir: {new, old}; :error without such a key.
TEST_P(unique_keys, have_values_that_their_owner_updates) {
  run([](std::uint32_t) -> process<> {
    phones all;
    EXPECT_FALSE(all.update_value("lobby", [](int) { return 0; }));
    all.register_key("lobby", 1);
    auto changed = all.update_value("lobby", [](int value) { return value + 1; });
    EXPECT_EQ(changed->old_value, 1);
    EXPECT_EQ(changed->new_value, 2);
    EXPECT_EQ(all.lookup("lobby")->value, 2);
    EXPECT_EQ(all.values("lobby", self()), numbers{2});
    co_return;
  });
}

// elixir brings the key back, of which then nobody is the owner.
TEST_P(unique_keys, are_not_brought_back_by_an_update_that_gives_them_up) {
  run([](std::uint32_t) -> process<> {
    phones all;
    all.register_key("lobby", 1);
    EXPECT_FALSE(all.update_value("lobby", [&](int value) {
      all.unregister("lobby");
      return value + 1;
    }));
    EXPECT_FALSE(all.lookup("lobby"));
    all.register_key("lobby", 5);
    EXPECT_FALSE(all.update_value("lobby", [&](int value) {
      all.unregister("lobby");
      all.register_key("lobby", 9);
      return value + 1;
    })) << "it is another entry";
    EXPECT_EQ(all.lookup("lobby")->value, 9);
    co_return;
  });
}

TEST_P(unique_keys, are_counted_and_matched) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    pid owner = co_await start_holder(all, {"a", "b", "c"}, 1, peer);
    EXPECT_EQ(all.count(), 3u);
    EXPECT_EQ(all.count("b"), 1u);
    EXPECT_EQ(all.count("z"), 0u);
    EXPECT_EQ(all.count_match("b", even), 1u);
    EXPECT_EQ(all.count_match("a", even), 0u);
    EXPECT_EQ(all.match("b", even).front().pid, owner);
    EXPECT_TRUE(all.match("a", even).empty());
    EXPECT_EQ(values_of(all.lookup_all("c")), numbers{3});
    EXPECT_EQ(all.keys(owner), (texts{"a", "b", "c"}));
    EXPECT_TRUE(all.keys(self()).empty());
    EXPECT_EQ(all.values("c", owner), numbers{3});
    EXPECT_TRUE(all.values("c", self()).empty());
    auto evens = all.select([](const phones::record& each) { return even(each.value); });
    EXPECT_EQ(evens.size(), 1u);
    EXPECT_EQ(evens.front().key, "b");
    EXPECT_EQ(evens.front().pid, owner);
    EXPECT_EQ(all.count_select(any), 3u);
  });
}

TEST(registry_test, is_the_same_by_any_handle_of_it) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    phones one;
    phones other = one;
    other.register_key("lobby", 3);
    EXPECT_EQ(one.lookup("lobby")->value, 3);
    EXPECT_TRUE(one == other);
    phones moved = std::move(other);
    EXPECT_TRUE(moved == one && other == one) << "a handle that was moved from is one as any other";
    EXPECT_FALSE(one == phones{});
    EXPECT_FALSE(phones{}.whereis("lobby"));
    co_return;
  }),
            exit_reason::normal);
}

TEST(registry_test, lives_by_its_entries_when_nobody_has_a_handle) {
  stepped_runtime rt;
  static std::weak_ptr<const int> kept;
  using shared = registry<std::string, std::shared_ptr<const int>>;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid owner = spawn([]() -> process<> {
      auto value = std::make_shared<const int>(7);
      kept = value;
      shared{}.register_key("lobby", std::move(value));
      co_await receive<go>();
    });
    co_await yield();
    EXPECT_FALSE(kept.expired());
    send(owner, go{});
    co_await await_death(owner);
    EXPECT_TRUE(kept.expired());
  }),
            exit_reason::normal);
}

TEST(registry_test, is_looked_up_from_any_thread) {
  stepped_runtime rt;
  static phones all;
  pid owner = rt.spawn([]() -> process<> {
    all.register_key("lobby", 4);
    co_await receive<go>();
  });
  rt.settle();
  EXPECT_EQ(all.whereis("lobby"), owner);
  EXPECT_EQ(all.lookup("lobby")->value, 4);
  rt->exit(owner, exit_reason::kill);
  rt.settle();
  EXPECT_FALSE(all.lookup("lobby"));
}

TEST(registry_test, is_changed_inside_a_process_only) {
  phones all;
  EXPECT_DEATH(all.register_key("lobby"), "only inside a process");
  EXPECT_DEATH(all.unregister("lobby"), "only inside a process");
  EXPECT_DEATH(all.dispatch("lobby", 1), "only inside a process");
}

TEST(registry_test, is_of_one_runtime_as_long_as_it_has_entries_or_locks) {
  phones all;
  auto use = [](phones all) -> process<> {
    all.register_key("lobby");
    co_await receive<go>();
  };
  auto lock = [](phones all) -> process<> {
    registry_lock held = co_await all.lock("lobby");
    co_await receive<go>();
  };
  for (auto first : {+use, +lock}) {
    stepped_runtime one;
    pid owner = one.spawn(first, all);
    one.settle();
    EXPECT_DEATH(
        {
          stepped_runtime other;
          other.run(lock, all);
        },
        "a registry is of one runtime");
    one->send(owner, go{});
    one.settle();
  }
}

// elixir: ArgumentError.
TEST(registry_test, with_duplicate_keys_refuses_what_needs_unique_ones) {
  phones all = duplicates();
  EXPECT_THROW(all.whereis("lobby"), std::logic_error);
  EXPECT_THROW(all.lookup("lobby"), std::logic_error);
  EXPECT_THROW(all.update_value("lobby", [](int value) { return value; }), std::logic_error);
}

TEST(registry_test, has_1_to_1024_partitions) {
  EXPECT_THROW(phones({.partitions = 0}), std::invalid_argument);
  EXPECT_THROW(phones({.partitions = 1025}), std::invalid_argument);
  for (std::size_t count : {1u, 3u, 1024u}) {
    stepped_runtime rt;
    EXPECT_EQ(rt.run(
                  [](phones all) -> process<> {
                    for (int i = 0; i < 300; ++i) all.register_key(std::to_string(i), i);
                    for (int i = 0; i < 300; ++i) EXPECT_EQ(all.lookup(std::to_string(i))->value, i);
                    std::size_t walked = 0;
                    for (std::size_t each = 0; each < all.partitions(); ++each) walked += all.records(each).size();
                    EXPECT_EQ(walked, 300u);
                    co_return;
                  },
                  phones{{.partitions = count}}),
              exit_reason::normal);
  }
}

TEST(registry_test, has_entries_up_to_its_limit) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    phones all{{.entry_limit = 3}};
    co_await start_holder(all, {"a", "b"}, 1, 1);
    EXPECT_TRUE(all.try_register_key("c"));
    EXPECT_EQ(all.try_register_key("d").error().why, registration_error::entry_limit);
    EXPECT_EQ(all.try_register_key("a").error().why, registration_error::already_registered);
    EXPECT_EQ(all.count(), 3u);
    EXPECT_FALSE(all.whereis("d"));
    all.unregister("c");
    EXPECT_TRUE(all.try_register_key("d"));
  }),
            exit_reason::normal);
}

TEST(registry_test, has_entries_of_a_process_up_to_a_limit) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    phones all{{.keys = registry_keys::duplicate, .process_entry_limit = 2}};
    co_await start_holder(all, {"a", "b"}, 1, 1);
    EXPECT_TRUE(all.try_register_key("a"));
    EXPECT_TRUE(all.try_register_key("a"));
    EXPECT_EQ(all.try_register_key("b").error().why, registration_error::process_entry_limit);
    EXPECT_EQ(all.count(), 4u);
    EXPECT_EQ(all.unregister("a"), 2u);
    EXPECT_TRUE(all.try_register_key("b"));
  }),
            exit_reason::normal);
}

TEST(registry_test, has_limits_by_default) {
  EXPECT_EQ(registry_options{}.entry_limit, 8'388'608u);
  EXPECT_EQ(registry_options{}.process_entry_limit, 100'000u);
  EXPECT_EQ(registry_options{}.partitions, 16u);
}

/// All of one hash: every key is in one chain.
struct alike {
  int number;
  friend bool operator==(alike, alike) = default;
};
int made;
struct counted_key {
  explicit counted_key(int number) : number{number} {}
  counted_key(const counted_key& other) : number{other.number} { ++made; }
  counted_key& operator=(const counted_key&) = default;
  friend bool operator==(const counted_key& left, const counted_key& right) { return left.number == right.number; }
  int number;
};

}  // namespace
}  // namespace dialtone

template <>
struct std::hash<dialtone::alike> {
  std::size_t operator()(dialtone::alike) const { return 7; }
};
template <>
struct std::hash<dialtone::counted_key> {
  std::size_t operator()(const dialtone::counted_key& key) const { return static_cast<std::size_t>(key.number); }
};
template <>
inline constexpr bool dialtone::enable_sendable<dialtone::counted_key> = true;

namespace dialtone {
namespace {

TEST(registry_keys_test, may_be_of_any_type_with_a_hash) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    registry<int> by_number;
    registry<bytes, bytes> by_bytes;
    registry<pid> by_pid;
    for (int i = -500; i < 500; ++i) by_number.register_key(i);
    for (int i = -500; i < 500; ++i) EXPECT_EQ(by_number.whereis(i), self());
    EXPECT_FALSE(by_number.whereis(500));
    by_bytes.register_key("lobby", "A4");
    EXPECT_EQ(by_bytes.lookup("lobby")->value, bytes{"A4"});
    by_pid.register_key(self());
    EXPECT_EQ(by_pid.whereis(self()), self());
    co_return;
  }),
            exit_reason::normal);
}

TEST(registry_keys_test, of_one_hash_are_told_apart) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    registry<alike, int> all;
    for (int i = 0; i < 100; ++i) all.register_key({i}, i);
    for (int i = 0; i < 100; i += 3) EXPECT_EQ(all.unregister({i}), 1u);
    for (int i = 0; i < 100; ++i) {
      auto found = all.lookup({i});
      EXPECT_EQ(found.has_value(), i % 3 != 0);
      if (found) EXPECT_EQ(found->value, i);
    }
    co_return;
  }),
            exit_reason::normal);
}

TEST(registry_keys_test, may_be_empty_strings_or_any_bytes) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    phones all;
    all.register_key("", 1);
    all.register_key(std::string_view{"a\0b", 3}, 2);
    EXPECT_EQ(all.lookup("")->value, 1);
    EXPECT_FALSE(all.lookup("a"));
    EXPECT_EQ(all.lookup(std::string_view{"a\0b", 3})->value, 2);
    co_return;
  }),
            exit_reason::normal);
}

TEST(registry_keys_test, are_copied_once_when_they_are_new_and_never_to_look_them_up) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    registry<counted_key, int> all{{.keys = registry_keys::duplicate}};
    made = 0;
    for (int i = 0; i < 10; ++i) all.register_key(counted_key{1}, i);
    EXPECT_EQ(made, 1);
    EXPECT_EQ(all.lookup_all(counted_key{1}).size(), 10u);
    EXPECT_EQ(all.unregister(counted_key{1}), 10u);
    EXPECT_EQ(made, 1);
    registry<counted_key> unique;
    unique.register_key(counted_key{1});
    made = 0;
    EXPECT_TRUE(unique.whereis(counted_key{1}));
    EXPECT_TRUE(unique.lookup(counted_key{1}));
    EXPECT_EQ(made, 0);
    co_return;
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
