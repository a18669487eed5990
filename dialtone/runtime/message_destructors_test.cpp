// SPDX-License-Identifier: Apache-2.0
// What destructors of messages may do when their mailbox dies: they are destructors of the process, so self() is valid
// and sends are allowed; what they link, watch and start is seen off with it.
#include <gtest/gtest.h>

#include <atomic>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/telemetry.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

std::atomic<int> destroyed;
std::atomic<std::uint64_t> destroyed_in;

struct never_sent {};
struct plain {};

// Runs `last_act` when it is destroyed, but not what is left of it after a move.
struct testament {
  explicit testament(void (*act)(pid), pid about) : last_act{act}, about{about} {}
  testament(testament&& other) noexcept : last_act{std::exchange(other.last_act, nullptr)}, about{other.about} {}
  testament& operator=(testament&&) = delete;
  ~testament() {
    if (last_act == nullptr) return;
    ++destroyed;
    destroyed_in = self().value();
    last_act(about);
  }
  void (*last_act)(pid);
  pid about;
};

}  // namespace

template <>
inline constexpr bool enable_sendable<testament> = true;

namespace {

process<> wait_for_ever() { co_await receive<never_sent>(); }

using act = void (*)(pid);

// Kills a process whose mailbox holds one message that does `Act` to `about` at its end; what becomes of `about`.
template <act Act>
task<std::string> inherit(std::uint32_t where) {
  destroyed = 0;
  auto [about, fate] = spawn_monitor({.scheduler = placement::on(where)}, wait_for_ever);
  auto [victim, death] = spawn_monitor(wait_for_ever);
  send(victim, testament{Act, about});
  exit(victim, exit_reason::kill);
  std::string ends;
  co_await receive<down>([death](const down& fired) { return fired.reference == death; });
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(pid::from_value(destroyed_in), victim);
  auto fallen = co_await receive<down>([fate](const down& fired) { return fired.reference == fate; },
                                       after(std::chrono::seconds{1}));
  if (fallen) co_return to_string(fallen->reason);
  auto alive = co_await info_of(about);
  if (!alive) co_return "gone";
  co_return std::to_string(alive->links) + " links, watched by " + std::to_string(alive->monitored_by);
}

class message_destructors : public ::testing::TestWithParam<std::uint32_t> {
 public:
  dialtone::testing::stepped_runtime rt{{.schedulers = 2}};
};
INSTANTIATE_TEST_SUITE_P(on_scheduler, message_destructors, ::testing::Values(0u, 1u));

TEST_P(message_destructors, a_link_made_by_one_ends_its_other_end) {
  EXPECT_EQ(rt.call(inherit<[](pid about) { link(about); }>, GetParam()), "killed");
}

TEST_P(message_destructors, a_monitor_made_by_one_goes_with_it) {
  EXPECT_EQ(rt.call(inherit<[](pid about) { (void)monitor(about); }>, GetParam()), "0 links, watched by 1");
}

TEST(messages_left, are_counted_in_the_event_of_the_exit) {
  static std::vector<std::int64_t> left;
  left.clear();
  dialtone::testing::stepped_runtime rt;
  EXPECT_TRUE(rt->telemetry().attach("test", "dialtone.process.exit", [](const telemetry::record& record) {
    const telemetry::record::number* mailbox = record.find_measurement("mailbox");
    left.push_back(mailbox == nullptr ? -1 : std::get<std::int64_t>(*mailbox));
  }));
  EXPECT_EQ(rt.run([]() -> process<> {
    for (bool alone : {true, false}) {
      pid victim = alone ? spawn(wait_for_ever) : spawn_link(wait_for_ever);
      for (int count = 0; count < 3; ++count) send(victim, plain{});
      co_await yield();
      unlink(victim);
      send(victim, never_sent{});
      co_await yield();
    }
  }),
            exit_reason::normal);
  EXPECT_EQ(left, (std::vector<std::int64_t>{3, 3, 0}));
}

TEST_P(message_destructors, an_exit_signal_sent_by_one_arrives) {
  EXPECT_EQ(rt.call(inherit<[](pid about) { exit(about, exit_reason::shutdown); }>, GetParam()), "shutdown");
}

TEST_P(message_destructors, what_one_sends_to_its_own_process_is_destroyed_too) {
  EXPECT_EQ(rt.call(inherit<[](pid) {
                      for (int count = 0; count < 3; ++count) send(self(), plain{});
                    }>,
                    GetParam()),
            "0 links, watched by 1");
}

// What is being destroyed is not in the mailbox any more: there is room for what its destructor sends.
TEST(messages_left, of_a_full_mailbox_may_send_to_it) {
  for (auto policy : {mailbox_policy::drop_oldest, mailbox_policy::refuse, mailbox_policy::kill}) {
    dialtone::testing::stepped_runtime rt;
    pid victim = rt.spawn({.mailbox_limit = 1, .mailbox_overflow = policy}, wait_for_ever);
    rt.settle();
    destroyed = 0;
    for (int count = 0; count < 3; ++count) rt->send(victim, plain{});
    rt->send(victim, testament{[](pid) { send(self(), plain{}); }, {}});
    rt.settle();
    rt->send(victim, never_sent{});  // it returns
    rt.settle();
    EXPECT_EQ(destroyed, 1);
  }
}

}  // namespace
}  // namespace dialtone
