// SPDX-License-Identifier: Apache-2.0
// Keys of a registry as names of processes.
#include <dialtone/otp/dynamic_supervisor.hpp>
#include <dialtone/otp/gen_statem.hpp>
#include <dialtone/otp/registry_doubles_test.hpp>
#include <dialtone/otp/supervisor.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/process_info.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

struct extension {
  int floor = 0;
  int room = 0;
  friend bool operator==(const extension&, const extension&) = default;
};

}  // namespace
}  // namespace dialtone

template <>
struct std::hash<dialtone::extension> {
  std::size_t operator()(const dialtone::extension& key) const noexcept {
    return static_cast<std::size_t>(key.floor) * 1'000 + static_cast<std::size_t>(key.room);
  }
};

namespace dialtone {
namespace {

process<> wait_to_go() { co_await receive<go>(); }

/// Gives the name to somebody else when it is moved: the spawn that moves it has seen the name free.
struct name_thief {
  name_thief() = default;
  name_thief(name_thief&&) {
    if (!whereis("printer")) spawn({.name = "printer"}, wait_to_go);
  }
};

process<> hold_thief(name_thief) { co_await receive<go>(); }

}  // namespace

template <>
inline constexpr bool enable_sendable<name_thief> = true;

namespace {

/// Has seen, before its init, whether the key was its.
class desk : public gen_server<desk> {
 public:
  struct had_key {
    using reply = bool;
  };
  struct ring {};
  struct rings {
    using reply = int;
  };
  explicit desk(phones all) : had_key_{all.whereis("lobby") == self()} {}
  bool handle_call(had_key) const { return had_key_; }
  void handle_cast(ring) { ++rings_; }
  int handle_call(rings) const { return rings_; }

 private:
  bool had_key_;
  int rings_ = 0;
};

class crashing_desk : public gen_server<crashing_desk> {
 public:
  explicit crashing_desk(phones) { throw std::runtime_error{"no line"}; }
};

struct how_is_it {
  using reply = int;
};
class via_lamp : public gen_statem<via_lamp, int> {
 public:
  explicit via_lamp(int first) : gen_statem{first} {}
  int handle_event(int now, const how_is_it&) { return now; }
};

spawn_options at(std::uint32_t where, via_name key) {
  return {.via = std::move(key), .scheduler = placement::on(where)};
}

static_assert(sendable<via_name> && sendable<named<desk>>);

class via_names : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, via_names, beside_and_elsewhere, name_of_place);

TEST_P(via_names, a_server_has_its_key_before_it_is_constructed_and_until_it_ends) {
  run([](std::uint32_t where) -> process<> {
    phones all;
    auto lobby = co_await start_link<desk>(at(where, all.via("lobby", 7)), all);
    EXPECT_TRUE(co_await lobby.call(desk::had_key{}));
    EXPECT_EQ(all.lookup("lobby")->pid, lobby.pid());
    EXPECT_EQ(all.lookup("lobby")->value, 7);
    co_await lobby.stop();
    EXPECT_FALSE(all.whereis("lobby"));
    EXPECT_EQ(all.count(), 0u);
  });
}

TEST_P(via_names, a_key_that_is_taken_fails_the_start_and_names_the_holder) {
  run([](std::uint32_t where) -> process<> {
    phones all;
    const via_name lobby = all.via("lobby");
    auto first = co_await start<desk>(at(where, lobby), all);
    EXPECT_EQ((co_await try_start<desk>(at(where, lobby), all)).error(), start_error::already(first.pid()));
    EXPECT_EQ((co_await try_start_link<desk>(at(where, lobby), all)).error(), start_error::already(first.pid()));
    EXPECT_EQ((co_await try_start_monitor<desk>(at(where, lobby), all)).error(), start_error::already(first.pid()));
    EXPECT_EQ(try_spawn(at(where, lobby), end_at_once).error(), spawn_error::name_taken);
    EXPECT_EQ(all.whereis("lobby"), first.pid());
    EXPECT_EQ((co_await info_of(self()))->links, 0u);
    co_await first.stop();
    auto second = co_await start<desk>(at(where, lobby), all);
    EXPECT_EQ(all.whereis("lobby"), second.pid());
    co_await second.stop();
  });
}

// Both find the key free when they are spawned; the one that is spawned on the other scheduler is refused there.
TEST_P(via_names, of_two_starts_at_once_one_has_the_key) {
  run([](std::uint32_t where) -> process<> {
    phones all;
    const via_name lobby = all.via("lobby");
    auto [first, second] = co_await dialtone::all(try_start_link<desk>(at(where, lobby), all),
                                                  try_start_link<desk>(at(where, lobby), all));
    EXPECT_EQ(all.whereis("lobby"), first->pid());
    EXPECT_EQ(second.error(), start_error::already(first->pid()));
    EXPECT_EQ((co_await info_of(self()))->links, 1u);
    co_await first->stop();
  });
}

TEST_P(via_names, a_start_that_fails_later_gives_the_key_back) {
  run([](std::uint32_t where) -> process<> {
    phones all;
    auto failed = co_await try_start<crashing_desk>(at(where, all.via("lobby")), all);
    EXPECT_EQ(failed.error().code(), start_error::failed);
    EXPECT_EQ(all.count(), 0u);
  });
}

TEST_P(via_names, a_registry_at_its_limit_fails_the_start) {
  run([](std::uint32_t where) -> process<> {
    phones all{{.entry_limit = 1}};
    all.register_key("other");
    auto refused = co_await try_start<desk>(at(where, all.via("lobby")), all);
    EXPECT_EQ(refused.error(), start_error::because(because("the registry has as many entries as it may have")));
    EXPECT_EQ(all.count(), 1u);
  });
}

TEST_P(via_names, go_with_a_process_whose_name_is_taken_at_the_last_moment) {
  run([](std::uint32_t where) -> process<> {
    phones all;
    spawn_options options = at(where, all.via("lobby"));
    options.name = "printer";
    EXPECT_EQ(try_spawn(options, hold_thief, name_thief{}).error(), spawn_error::name_taken);
    co_await sleep_for(1ms);
    EXPECT_EQ(all.count(), 0u);
    exit(*whereis("printer"), exit_reason::kill);
    co_await sleep_for(1ms);
    EXPECT_TRUE(try_spawn(options, end_at_once).has_value());
  });
}

TEST(via_name, is_for_processes_from_outside_as_well) {
  stepped_runtime rt;
  phones all;
  static pid seen;
  seen = {};
  const pid started = rt.spawn(
      at(0, all.via("lobby")),
      [](phones known) -> process<> {
        seen = known.whereis("lobby").value_or(pid{});
        co_await receive<go>();
      },
      all);
  rt.settle();
  EXPECT_EQ(seen, started);
  EXPECT_THROW(rt.spawn(at(0, all.via("lobby")), wait_to_go), system_limit_reached);
}

TEST_P(via_names, any_process_can_have_a_key) {
  run([](std::uint32_t where) -> process<> {
    phones all;
    auto [one, watched] = spawn_monitor(
        at(where, all.via("lobby")),
        [](phones known, pid home) -> process<> {
          send(home, known.whereis("lobby") == self());
          co_return;
        },
        all, self());
    EXPECT_TRUE(co_await receive<bool>());
    co_await end_of(watched);
    EXPECT_FALSE(all.whereis("lobby"));
    auto lamp = co_await start_link<via_lamp>(at(where, all.via("lamp")), 3);
    EXPECT_EQ(co_await named<via_lamp>{all.via("lamp")}.call(how_is_it{}), 3);
    co_await lamp.stop();
    auto top = co_await start_link(supervisor_spec{.spawn = at(where, all.via("top"))});
    auto below = co_await start_link(dynamic_supervisor_spec{.spawn = at(where, all.via("below"))});
    EXPECT_EQ(all.count(), 2u);
    co_await top.stop();
    co_await below.stop();
    EXPECT_EQ(all.count(), 0u);
  });
}

TEST_P(via_names, are_looked_up_at_each_request) {
  run([](std::uint32_t where) -> process<> {
    phones all;
    const named<desk> lobby{all.via("lobby")};
    EXPECT_EQ(lobby.pid(), pid{});
    lobby.cast(desk::ring{});
    EXPECT_EQ((co_await lobby.try_call(desk::rings{})).error(), exit_reason::noproc);
    auto asked_nobody = lobby.send_request(desk::rings{});
    EXPECT_EQ((co_await asked_nobody.response(1s)).error(), exit_reason::noproc);
    for (int i = 0; i < 2; ++i) {
      auto started = co_await start<desk>(at(where, lobby.via()), all);
      EXPECT_EQ(lobby.pid(), started.pid());
      lobby.cast(desk::ring{});
      EXPECT_EQ(co_await lobby.call(desk::rings{}), 1);
      auto asked = lobby.send_request(desk::rings{});
      EXPECT_EQ(co_await asked.response(1s), 1);
      co_await lobby.stop();
    }
  });
}

TEST_P(via_names, have_keys_of_any_type) {
  run([](std::uint32_t where) -> process<> {
    registry<extension> rooms;
    auto lamp = co_await start<via_lamp>(at(where, rooms.via({2, 14})), 5);
    EXPECT_EQ(co_await named<via_lamp>{rooms.via({2, 14})}.call(how_is_it{}), 5);
    EXPECT_EQ((co_await named<via_lamp>{rooms.via({2, 15})}.try_call(how_is_it{})).error(), exit_reason::noproc);
    co_await lamp.stop();
  });
}

TEST_P(via_names, a_child_has_its_key_again_when_it_is_restarted) {
  run([](std::uint32_t where) -> process<> {
    phones all;
    const named<desk> lobby{all.via("lobby", 7)};
    auto top = co_await start_link(
        supervisor_spec{.intensity = 3, .children = {child<desk>("desk", all).spawn(at(where, lobby.via()))}});
    const pid before = lobby.pid();
    co_await lobby.call(desk::rings{});
    exit(before, exit_reason::kill);
    co_await await_death(before);
    EXPECT_TRUE((co_await top.restart_child("desk")).error().code() == child_error::running);
    EXPECT_NE(lobby.pid(), before);
    EXPECT_TRUE(co_await lobby.call(desk::had_key{}));
    EXPECT_EQ(all.lookup("lobby")->value, 7);
    co_await top.stop();
  });
}

// A message would go to whoever has the pid there, or to a scheduler that is not there.
TEST(via_name, is_no_name_in_another_runtime) {
  phones all;
  stepped_runtime one{{.schedulers = 2}};
  one.spawn(
      on(1),
      [](phones all) -> process<> {
        all.register_key("lobby");
        co_await receive<go>();
      },
      all);
  one.settle();
  auto dispatch = [](phones all) -> process<> {
    all.dispatch("lobby", go{});
    co_return;
  };
  auto start = [](phones all) -> process<> {
    spawn({.via = all.via("lobby")}, wait_to_go);
    co_return;
  };
  auto cast = [](phones all) -> process<> {
    named<desk>{all.via("lobby")}.cast(desk::ring{});
    co_return;
  };
  for (auto use : {+dispatch, +start, +cast}) {
    EXPECT_DEATH(
        {
          stepped_runtime other;
          other.run(use, all);
        },
        "a registry is of one runtime");
  }
  EXPECT_TRUE(all.via("lobby").whereis().has_value()) << "no process asks";
}

TEST(via_name, is_a_value) {
  phones all;
  phones others;
  EXPECT_EQ(all.via("a"), all.via("a", 7));
  EXPECT_NE(all.via("a"), all.via("b"));
  EXPECT_NE(all.via("a"), others.via("a"));
  EXPECT_NE(all.via("a"), via_name{});
  EXPECT_EQ(via_name{}, via_name{});
  EXPECT_FALSE(via_name{}.whereis());
  EXPECT_NE(named<desk>{all.via("a")}, named<desk>{"a"});
  EXPECT_THROW(duplicates().via("a"), std::logic_error);
}

}  // namespace
}  // namespace dialtone
