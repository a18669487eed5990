// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/registry_doubles_test.hpp>
#include <dialtone/runtime/full_mailbox_test.hpp>
#include <dialtone/runtime/registered_name.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

using came = registered<std::string, int>;
using went = unregistered<std::string, int>;

phones listened_to(registry_keys keys = registry_keys::unique) {
  return phones{{.keys = keys, .listeners = {"listener"}}};
}

std::string line(const came& one) { return "+" + one.key + std::to_string(one.value); }
std::string line(const went& one) { return "-" + one.key + std::to_string(one.value); }

/// What the caller has been told, as "+key value -key value"; waits a while for the last.
task<std::string> news(pid about, std::size_t count) {
  std::string told;
  for (std::size_t i = 0; i < count; ++i) {
    auto next = co_await receive<came, went>();
    std::visit(
        [&](const auto& one) {
          EXPECT_EQ(one.pid, about);
          told += line(one) + " ";
        },
        next);
  }
  EXPECT_FALSE((co_await receive<came, went>(after(10ms)))) << "more news than expected";
  co_return told;
}

class listeners : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, listeners, beside_and_elsewhere, name_of_place);

TEST_P(listeners, are_told_of_each_entry_that_comes_and_goes) {
  run([](std::uint32_t peer) -> process<> {
    register_name("listener");
    phones all = listened_to(registry_keys::duplicate);
    pid one = spawn(
        on(peer),
        [](phones all, pid home) -> process<> {
          for (int value : {1, 2, 3}) all.register_key("k", value);
          all.unregister_match("k", even);
          all.unregister("k");
          all.unregister("k");
          all.register_key("j", 4);
          send(home, registered_now{});
          co_await receive<go>();
        },
        all, self());
    co_await receive<registered_now>();
    EXPECT_EQ(co_await news(one, 7), "+k1 +k2 +k3 -k2 -k1 -k3 +j4 ");
  });
}

TEST_P(listeners, are_told_before_what_the_process_sends_afterwards) {
  run([](std::uint32_t peer) -> process<> {
    register_name("listener");
    phones all = listened_to();
    spawn(on(peer), holder, all, texts{"a"}, 1, self());
    auto first = co_await receive<came, registered_now>();
    EXPECT_EQ(first.index(), 0u);
    co_await receive<registered_now>();
  });
}

// In Elixir a listener has to monitor those it is told of; here it is told of their end too.
TEST_P(listeners, are_told_of_what_leaves_with_its_process_before_its_down) {
  run([](std::uint32_t peer) -> process<> {
    register_name("listener");
    phones all = listened_to();
    pid one = co_await start_holder(all, {"a", "b"}, 1, peer);
    EXPECT_EQ(co_await news(one, 2), "+a1 +b2 ");
    reference watched = monitor(one);
    exit(one, exit_reason::kill);
    for (int i = 0; i < 2; ++i) {
      auto next = co_await receive<went, down>();
      EXPECT_EQ(next.index(), 0u);
      EXPECT_EQ(std::get<0>(next).pid, one);
    }
    co_await end_of(watched);
  });
}

TEST_P(listeners, are_not_told_of_what_is_refused_or_updated) {
  run([](std::uint32_t peer) -> process<> {
    phones all = listened_to();
    co_await start_holder(all, {"a"}, 1, peer);
    all.register_key("mine", 1);
    register_name("listener");
    EXPECT_FALSE(all.try_register_key("a", 2));
    EXPECT_EQ(all.unregister("a"), 0u);
    EXPECT_TRUE(all.update_value("mine", [](int value) { return value + 1; }));
    EXPECT_EQ(co_await news(self(), 0), "");
    EXPECT_EQ(all.unregister("mine"), 1u);
    EXPECT_EQ(co_await news(self(), 1), "-mine2 ");
  });
}

TEST_P(listeners, can_use_the_registry_that_they_are_told_of) {
  run([](std::uint32_t peer) -> process<> {
    register_name("listener");
    phones all = listened_to();
    pid one = co_await start_holder(all, {"a"}, 1, peer);
    came told = co_await receive<came>();
    EXPECT_TRUE(told.registry == all);
    EXPECT_EQ(told.registry.whereis("a"), one);
  });
}

// They are found by name each time: one that is started again goes on, and a name that nobody has is passed over.
TEST_P(listeners, may_come_late_and_change) {
  run([](std::uint32_t peer) -> process<> {
    phones all{{.listeners = {"nobody", "listener"}}};
    co_await start_holder(all, {"a"}, 1, peer);
    register_name("listener");
    pid second = co_await start_holder(all, {"b"}, 2, peer);
    EXPECT_EQ(co_await news(second, 1), "+b2 ");
    unregister_name("listener");
    co_await start_holder(all, {"c"}, 3, peer);
    EXPECT_EQ(co_await news(second, 0), "");
  });
}

TEST_P(listeners, may_be_several) {
  run([](std::uint32_t peer) -> process<> {
    register_name("listener");
    register_name("second");
    phones all{{.listeners = {"listener", "second"}}};
    pid one = co_await start_holder(all, {"a"}, 1, peer);
    EXPECT_EQ(co_await news(one, 2), "+a1 +a1 ");
  });
}

// News are the runtime's own: they do not count towards a mailbox's limit, and hold nobody back.
TEST_P(listeners, that_do_not_read_hold_nobody_back) {
  run([](std::uint32_t peer) -> process<> {
    spawn({.name = "listener", .mailbox_limit = limit}, wait_for_go);
    phones all = listened_to();
    pid busy = spawn(
        on(peer),
        [](phones all, pid home) -> process<> {
          for (std::size_t i = 0; i < 10 * limit; ++i) {
            all.register_key("a", 0);
            all.unregister("a");
          }
          co_await yield();
          send(home, go{});
          co_await receive<go>();
        },
        all, self());
    EXPECT_TRUE(co_await receive<go>(after(1s)));
    EXPECT_EQ((co_await info_of(busy))->state, process_state::waiting);
    auto info = co_await info_of(*whereis("listener"));
    EXPECT_EQ(info->mailbox_length, 20 * limit);
  });
}

// A listener's predicate runs while another registers: it may use the registry, no lock is held.
TEST_P(listeners, may_use_the_registry_in_their_predicates) {
  run([](std::uint32_t peer) -> process<> {
    register_name("listener");
    phones all = listened_to();
    spawn(on(peer), holder, all, texts{"a"}, 1, self());
    came told = co_await receive<came>([&](const came& one) {
      all.try_register_key("from a predicate", 9);
      return all.whereis(one.key).has_value();
    });
    EXPECT_EQ(told.key, "a");
    EXPECT_EQ(all.whereis("from a predicate"), self());
  });
}

}  // namespace
}  // namespace dialtone
