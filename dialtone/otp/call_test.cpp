// SPDX-License-Identifier: Apache-2.0
// Calls that get no answer.
#include <dialtone/otp/call.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/gen_server.hpp>
#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using outcome = std::expected<int, exit_reason>;

struct question {
  using reply = int;
};

class silent : public gen_server<silent> {
 public:
  struct ask_itself {
    using reply = exit_reason;
  };
  struct end {
    exit_reason reason;
  };
  struct answer_all {};
  void handle_call(question, reply_to<int> from) { waiting_.push_back(from); }
  void handle_cast(answer_all) {
    for (auto from : waiting_) reply(from, 1);
    waiting_.clear();
  }
  void handle_cast(end request) { stop(std::move(request.reason)); }
  task<exit_reason> handle_call(ask_itself) {
    auto answer = co_await this_server().try_call(question{});
    co_return answer.error();
  }

 private:
  std::vector<reply_to<int>> waiting_;
};

class other : public gen_server<other> {
 public:
  int handle_call(question) { return 1; }
};

process<> ask_and_fall(server<silent> asked, duration limit) { co_await asked.call(question{}, limit); }

class failed_call : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, failed_call, beside_and_elsewhere, name_of_place);

TEST_P(failed_call, to_nobody_is_noproc) {
  run([](std::uint32_t where) -> process<> {
    auto gone = co_await start<silent>(on(where));
    co_await gone.stop();
    time_point before = now();
    EXPECT_EQ((co_await gone.try_call(question{})).error(), exit_reason::noproc);
    EXPECT_EQ((co_await server<silent>{}.try_call(question{})).error(), exit_reason::noproc);
    EXPECT_EQ((co_await named<silent>{"nobody"}.try_call(question{})).error(), exit_reason::noproc);
    EXPECT_EQ(now(), before);
  });
}

TEST_P(failed_call, without_an_answer_in_time_is_a_timeout) {
  run([](std::uint32_t where) -> process<> {
    auto asked = co_await start<silent>(on(where));
    time_point before = now();
    EXPECT_EQ((co_await asked.try_call(question{}, 50ms)).error(), exit_reason::timeout);
    EXPECT_GE(now() - before, 50ms);
    EXPECT_LE(now() - before, 51ms);
    EXPECT_EQ((co_await asked.try_call(question{}, 0s)).error(), exit_reason::timeout);
    before = now();
    EXPECT_EQ((co_await asked.try_call(question{})).error(), exit_reason::timeout);
    EXPECT_GE(now() - before, 5s) << "the limit of OTP";
    EXPECT_LE(now() - before, 5001ms);
    co_await asked.stop();
  });
}

TEST_P(failed_call, an_answer_that_comes_late_never_shows) {
  run([](std::uint32_t where) -> process<> {
    auto asked = co_await start<silent>(on(where));
    EXPECT_FALSE(co_await asked.try_call(question{}, 1ms));
    EXPECT_FALSE(co_await with_deadline(
        1ms, [](server<silent> late) -> task<int> { co_return co_await late.call(question{}); }(asked)));
    asked.cast(silent::answer_all{});
    co_await sleep_for(10ms);
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
    EXPECT_EQ((co_await asked.try_call(question{}, 1ms)).error(), exit_reason::timeout) << "nor to the next call";
    co_await asked.stop();
  });
}

TEST_P(failed_call, of_a_server_to_itself_is_seen_at_once) {
  run([](std::uint32_t where) -> process<> {
    auto asked = co_await start<silent>(on(where));
    time_point before = now();
    EXPECT_EQ(co_await asked.call(silent::ask_itself{}), exit_reason::calling_self);
    EXPECT_EQ(now(), before);
    co_await asked.stop();
  });
}

TEST_P(failed_call, has_the_exit_reason_of_the_server) {
  run([](std::uint32_t where) -> process<> {
    for (const exit_reason& reason :
         {exit_reason{}, exit_reason{exit_reason::shutdown}, exit_reason::shutdown_because("moved"), because("full")}) {
      auto asked = co_await start<silent>(on(where));
      spawn(
          [](server<silent> ended, exit_reason why) -> process<> {
            co_await sleep_for(1ms);
            ended.cast(silent::end{why});
          },
          asked, reason);
      EXPECT_EQ((co_await asked.try_call(question{})).error(), reason);
    }
    auto asked = co_await start<silent>(on(where));
    spawn(
        [](pid ended) -> process<> {
          co_await sleep_for(1ms);
          exit(ended, exit_reason::kill);
        },
        asked.pid());
    EXPECT_EQ((co_await asked.try_call(question{})).error(), exit_reason::killed);
  });
}

TEST_P(failed_call, that_nobody_catches_ends_the_caller_with_its_reason) {
  run([](std::uint32_t where) -> process<> {
    auto asked = co_await start<silent>(on(where));
    EXPECT_EQ(co_await end_of(spawn_monitor(ask_and_fall, asked, 1ms).reference), exit_reason::timeout);
    EXPECT_EQ(co_await end_of(spawn_monitor(ask_and_fall, server<silent>{}, 1ms).reference), exit_reason::noproc);
    auto caller = spawn_monitor(ask_and_fall, asked, 1h);
    co_await sleep_for(1ms);
    asked.cast(silent::end{because("full")});
    EXPECT_EQ(co_await end_of(caller.reference), because("full"));
  });
}

// As in OTP, where it exits with {normal, {gen_server, call, ...}}.
TEST_P(failed_call, of_a_server_that_ended_normally_does_not_end_the_caller_normally) {
  run([](std::uint32_t where) -> process<> {
    auto asked = co_await start<silent>(on(where));
    auto caller = spawn_monitor(ask_and_fall, asked, 1h);
    co_await sleep_for(1ms);
    asked.cast(silent::end{exit_reason::normal});
    exit_reason reason = co_await end_of(caller.reference);
    EXPECT_FALSE(reason.is_orderly());
    EXPECT_TRUE(reason.text().ends_with(" failed: normal")) << reason.text();
  });
}

TEST_P(failed_call, says_what_was_asked_of_whom) {
  run([](std::uint32_t where) -> process<> {
    auto asked = co_await start<silent>(on(where));
    std::string text;
    pid whom;
    try {
      co_await asked.call(question{}, 1ms);
    } catch (const call_failed& failure) {
      text = failure.what();
      whom = failure.server();
    }
    EXPECT_TRUE(text.starts_with("the call ")) << text;
    EXPECT_TRUE(text.ends_with("question to " + to_string(asked.pid()) + " failed: timeout")) << text;
    EXPECT_EQ(whom, asked.pid());
    try {
      co_await server<silent>{}.call(question{});
    } catch (const call_failed& failure) {
      text = failure.what();
    }
    EXPECT_TRUE(text.ends_with("question failed: noproc")) << text;
    co_await asked.stop();
  });
}

TEST_P(failed_call, to_a_full_mailbox_that_refuses_is_overloaded) {
  run([](std::uint32_t where) -> process<> {
    auto full = co_await start<silent>(
        {.scheduler = placement::on(where), .mailbox_limit = 1, .mailbox_overflow = mailbox_policy::refuse});
    co_await sys::suspend(full.pid());
    // From a process of its own, which owes afterwards.
    co_await await_death(spawn(
        [](pid filled) -> process<> {
          for (int i = 0; i < 4; ++i) send(filled, go{});
          co_return;
        },
        full.pid()));
    time_point before = now();
    EXPECT_EQ((co_await full.try_call(question{})).error(), exit_reason::overloaded);
    EXPECT_EQ(now(), before);
    EXPECT_EQ((co_await info_of(full.pid()))->mailbox_length, 4u);
    co_await sys::resume(full.pid());
    EXPECT_EQ((co_await info_of(full.pid()))->mailbox_length, 0u);
    co_await full.stop();
  });
}

TEST_P(failed_call, to_another_class_or_to_no_server_is_a_timeout) {
  run([](std::uint32_t where) -> process<> {
    auto asked = co_await start<silent>(on(where));
    server<other> forged{asked.pid()};
    EXPECT_EQ((co_await forged.try_call(question{}, 10ms)).error(), exit_reason::timeout);
    auto answer = co_await asked.try_call(question{}, 10ms);
    EXPECT_EQ(answer.error(), exit_reason::timeout) << "it lives";
    pid plain = spawn(on(where), wait_for_go);
    EXPECT_EQ((co_await server<other>{plain}.try_call(question{}, 10ms)).error(), exit_reason::timeout);
    reference watched = monitor(plain);
    send(plain, go{});
    EXPECT_EQ(co_await end_of(watched), exit_reason::normal);
    co_await asked.stop();
  });
}

}  // namespace
}  // namespace dialtone
