// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/multicast.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/full_mailbox_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>
#include <dialtone/runtime/witness_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

struct word {
  std::string text;
};
struct heard {
  pid who;
  std::vector<std::string> words;
};

/// Tells what it has heard once it has heard so many words.
process<> listen(pid home, std::size_t count) {
  heard all{self(), {}};
  while (all.words.size() < count) all.words.push_back((co_await receive<word>()).text);
  send(home, std::move(all));
}

std::vector<pid> listeners(std::size_t number, std::size_t words, std::uint32_t peer) {
  std::vector<pid> made;
  for (std::size_t i = 0; i < number; ++i) made.push_back(spawn(on(i % 2 == 0 ? 0 : peer), listen, self(), words));
  return made;
}

class send_all_test : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, send_all_test, beside_and_elsewhere, name_of_place);

TEST_P(send_all_test, reaches_each_receiver_once) {
  run([](std::uint32_t peer) -> process<> {
    std::vector<pid> all = listeners(7, 1, peer);
    send_all(all, word{"a text that does not fit into a short string"});
    for (pid each : all) {
      heard one = co_await receive<heard>([&](const heard& from) { return from.who == each; });
      EXPECT_EQ(one.words, std::vector<std::string>{"a text that does not fit into a short string"});
    }
    EXPECT_FALSE(co_await receive<heard>(after(1s)));
  });
}

TEST_P(send_all_test, reaches_who_is_named_twice_twice) {
  run([](std::uint32_t peer) -> process<> {
    pid one = spawn(on(peer), listen, self(), 2u);
    std::vector<pid> twice{one, one};
    send_all(twice, word{"again"});
    EXPECT_EQ((co_await receive<heard>()).words, (std::vector<std::string>{"again", "again"}));
  });
}

TEST_P(send_all_test, keeps_the_order_among_other_sends) {
  run([](std::uint32_t peer) -> process<> {
    std::vector<pid> all = listeners(3, 5, peer);
    for (pid each : all) send(each, word{"1"});
    send_all(all, word{"2"});
    for (pid each : all) send(each, word{"3"});
    send_all(all, word{"4"});
    send_all(all, word{"5"});
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ((co_await receive<heard>()).words, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
  });
}

TEST_P(send_all_test, passes_over_the_dead_and_what_never_was) {
  run([](std::uint32_t peer) -> process<> {
    pid dead = spawn(on(peer), end_at_once);
    co_await await_death(dead);
    pid alive = spawn(on(peer), listen, self(), 1u);
    std::vector<pid> all{dead, pid{}, pid{17, 3, 1}, pid{200, 0, 1}, alive};
    send_all(all, word{"still"});
    EXPECT_EQ((co_await receive<heard>()).who, alive);
    send_all({}, word{"to nobody"});
  });
}

TEST_P(send_all_test, reaches_the_caller_too) {
  run([](std::uint32_t peer) -> process<> {
    std::vector<pid> all{spawn(on(peer), listen, self(), 1u), self()};
    send_all(all, word{"me"});
    EXPECT_EQ((co_await receive<word>()).text, "me");
    co_await receive<heard>();
  });
}

// Of what is shared, no receiver makes a copy.
TEST_P(send_all_test, shares_what_the_value_shares) {
  run([](std::uint32_t peer) -> process<> {
    using shared = std::shared_ptr<const std::string>;
    std::vector<pid> all;
    for (std::uint32_t i = 0; i < 4; ++i)
      all.push_back(spawn(
          on(peer),
          [](pid home) -> process<> {
            auto got = co_await receive<shared>();
            send(home, std::move(got));
          },
          self()));
    auto text = std::make_shared<const std::string>("one");
    send_all(all, shared{text});
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(co_await receive<shared>(), text);
    EXPECT_EQ(text.use_count(), 1) << "nothing of it is left anywhere";
  });
}

/// Can be copied so many times, one after the other.
struct fragile {
  explicit fragile(int copies) : copies_left{copies} {}
  fragile(fragile&&) = default;
  fragile(const fragile& other) : copies_left{other.copies_left - 1} {
    if (copies_left < 0) throw std::runtime_error{"cannot be copied"};
  }
  int copies_left;
};

struct counted {
  counted() = default;
  counted(counted&&) = default;
  counted(const counted&) { ++copies; }
  static inline int copies = 0;
};

}  // namespace
}  // namespace dialtone

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::fragile> = true;
template <>
inline constexpr bool dialtone::enable_sendable<dialtone::counted> = true;

namespace dialtone {
namespace {

TEST(send_all_to_other_schedulers, hands_one_value_to_each_of_them) {
  stepped_runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    std::vector<pid> all;
    for (std::uint32_t i = 0; i < 30; ++i)
      all.push_back(spawn(
          on(i % 3),
          [](pid home) -> process<> {
            co_await receive<counted>();
            send(home, go{});
          },
          self()));
    counted::copies = 0;
    send_all(all, counted{});
    EXPECT_EQ(counted::copies, 10 + 2) << "one for each receiver here, and one for each other scheduler";
    for (std::size_t i = 0; i < all.size(); ++i) co_await receive<go>();
    EXPECT_EQ(counted::copies, 30 + 2);
  }),
            exit_reason::normal);
}

struct numbered {
  pid sender;
  int number;
};
struct heard_in_order {
  bool value;
};

constexpr std::uint32_t senders = 3;
constexpr int rounds_of_sender = 30;

/// Gets every number of every sender in its order.
process<> check_order(pid home) {
  std::vector<std::pair<pid, int>> last;
  bool in_order = true;
  for (std::uint32_t i = 0; i < senders * rounds_of_sender; ++i) {
    numbered next = co_await receive<numbered>();
    auto known = std::ranges::find(last, next.sender, &std::pair<pid, int>::first);
    if (known == last.end()) known = last.insert(last.end(), {next.sender, -1});
    in_order = in_order && next.number == known->second + 1;
    known->second = next.number;
  }
  send(home, heard_in_order{in_order});
}

process<> send_either_way(std::vector<pid> all) {
  for (int i = 0; i < rounds_of_sender; ++i) {
    if (random() % 2 == 0)
      send_all(all, numbered{self(), i});
    else
      for (pid each : all) send(each, numbered{self(), i});
    if (random() % 3 == 0) co_await yield();
  }
}

TEST(send_all_in_any_order, keeps_what_each_pair_of_processes_has_between_them) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 3, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      std::vector<pid> all;
      for (std::uint32_t i = 0; i < 7; ++i) all.push_back(spawn(on(i % 3), check_order, self()));
      for (std::uint32_t i = 0; i < senders; ++i) spawn(on(i % 3), send_either_way, all);
      for (std::size_t i = 0; i < all.size(); ++i) EXPECT_TRUE((co_await receive<heard_in_order>()).value);
    }),
              exit_reason::normal);
  }
}

TEST(send_all_from_outside, is_refused) {
  EXPECT_DEATH(send_all(std::vector{pid{0, 1, 1}}, word{"lost"}), "only inside a process");
}

TEST(send_all_of_what_cannot_be_copied, throws_to_the_caller_for_receivers_beside_it) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid beside = spawn(wait_for_go);
    EXPECT_THROW(send_all(std::vector{beside}, fragile{0}), std::runtime_error);
    EXPECT_TRUE(is_alive(beside));
    co_return;
  }),
            exit_reason::normal);
}

TEST(send_all_of_what_cannot_be_copied, ends_a_receiver_elsewhere) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto elsewhere = spawn_monitor(on(1), wait_for_go);
    send_all(std::vector{elsewhere.pid}, fragile{1});
    exit_reason reason = co_await end_of(elsewhere.reference);
    EXPECT_EQ(reason.type(), "std::runtime_error");
    EXPECT_EQ(reason.text(), "cannot be copied");
  }),
            exit_reason::normal);
}

struct filled : ::testing::TestWithParam<std::uint32_t> {
  stepped_runtime rt{{.schedulers = 2}};
};
INSTANTIATE_TEST_SUITE_P(from_scheduler, filled, ::testing::Values(0u, 1u));

int rounds;

process<> send_to_all(std::vector<pid> all, int count) {
  rounds = 0;
  for (int i = 0; i < count; ++i) send_all(all, number{i});
  for (;;) {
    co_await receive<go>();
    ++rounds;
  }
}

// A mailbox over its limit: who sends to all owes, to each receiver that is full.
TEST_P(filled, makes_the_sender_owe_until_all_have_drained) {
  std::vector<pid> all;
  for (int i = 0; i < 2; ++i) all.push_back(rt.spawn({.mailbox_limit = limit}, sluggish));
  pid sender = rt.spawn(on(GetParam()), send_to_all, all, int{limit} + 1);
  rt.settle();
  for (pid each : all) EXPECT_EQ(length_of(rt, each), limit + 1);
  rt->send(sender, go{});
  rt.settle();
  EXPECT_EQ(rounds, 0);
  for (pid each : all) {
    EXPECT_EQ(rt->info(sender)->state, process_state::owing);
    for (std::size_t i = 0; i <= limit / 2; ++i) rt->send(each, take_one{});
    rt.settle();
  }
  EXPECT_EQ(rounds, 1);
}

TEST_P(filled, at_the_limit_holds_nobody) {
  std::vector<pid> all{rt.spawn({.mailbox_limit = limit}, sluggish)};
  pid sender = rt.spawn(on(GetParam()), send_to_all, all, int{limit});
  rt->send(sender, go{});
  rt.settle();
  EXPECT_EQ(rounds, 1);
}

// At the hard limit the policy of each receiver decides about its own message.
TEST_P(filled, past_the_hard_limit_each_receiver_decides_for_itself) {
  pid killed = rt.spawn({.mailbox_limit = limit}, sluggish);
  pid refusing = rt.spawn({.mailbox_limit = limit, .mailbox_overflow = mailbox_policy::refuse}, sluggish);
  pid roomy = rt.spawn(sluggish);
  std::vector<pid> all{killed, refusing, roomy};
  rt.spawn(on(GetParam()), send_to_all, all, 4 * int{limit} + 1);
  rt.settle();
  EXPECT_FALSE(lives(rt, killed));
  EXPECT_EQ(length_of(rt, refusing), 4 * limit);
  EXPECT_EQ(rt->info(refusing)->messages_dropped, 1u);
  EXPECT_EQ(length_of(rt, roomy), 4 * limit + 1);
}

}  // namespace
}  // namespace dialtone
