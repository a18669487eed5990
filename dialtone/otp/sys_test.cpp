// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/sys.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/gen_server.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class recorder : public gen_server<recorder> {
 public:
  struct note {
    char letter;
  };
  struct text {
    using reply = std::string;
  };
  struct later {
    using reply = void;
  };
  using infos = messages<go>;
  void handle_cast(note request) { text_ += request.letter; }
  std::string handle_call(text) { return text_; }
  void handle_call(later, reply_to<void> from) { reply(from); }
  void handle_info(go) { continue_with(0); }
  void handle_continue(int) { text_ += '!'; }
  std::string format_status() const { return "text " + text_; }
  void forget() { text_.clear(); }

 private:
  std::string text_;
};

class closed : public gen_server<closed> {
 public:
  void handle_cast(recorder::note) {}
};

class sys_operations : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, sys_operations, beside_and_elsewhere, name_of_place);

TEST_P(sys_operations, show_the_state_and_the_status) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<recorder>(on(where));
    server.cast(recorder::note{'a'});
    EXPECT_EQ(co_await sys::get_state(server.pid()), "text a");
    sys::status status = co_await sys::get_status(server.pid());
    EXPECT_TRUE(status.behaviour.ends_with("recorder")) << status.behaviour;
    EXPECT_EQ(status.pid, server.pid());
    EXPECT_EQ(status.parent, self());
    EXPECT_FALSE(status.suspended);
    EXPECT_EQ(status.state, "text a");
    co_await server.stop();
    auto plain = co_await start<closed>(on(where));
    std::string state = co_await sys::get_state(plain.pid());
    EXPECT_TRUE(state.ends_with("closed (it has no format_status)")) << state;
    co_await plain.stop();
  });
}

TEST_P(sys_operations, a_suspended_server_answers_them_alone_and_keeps_the_order_of_the_rest) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<recorder>(on(where));
    co_await sys::suspend(server.pid());
    co_await sys::suspend(server.pid());
    EXPECT_TRUE((co_await sys::get_status(server.pid())).suspended);
    for (char letter : {'a', 'b', 'c'}) server.cast(recorder::note{letter});
    send(server.pid(), go{});
    server.cast(recorder::note{'d'});
    EXPECT_EQ((co_await server.try_call(recorder::text{}, 10ms)).error(), exit_reason::timeout);
    EXPECT_EQ(co_await sys::get_state(server.pid()), "text ");
    EXPECT_EQ((co_await info_of(server.pid()))->mailbox_length, 6u);
    co_await sys::resume(server.pid());
    EXPECT_EQ(co_await server.call(recorder::text{}), "abc!d");
    co_await sys::resume(server.pid());
    EXPECT_FALSE((co_await sys::get_status(server.pid())).suspended);
    co_await server.stop();
  });
}

// What has begun goes on after the resume, before anything that came meanwhile.
TEST_P(sys_operations, a_continue_waits_for_the_resume) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<recorder>(on(where));
    server.cast(recorder::note{'a'});
    send(server.pid(), go{});
    co_await sys::suspend(server.pid());
    server.cast(recorder::note{'b'});
    EXPECT_EQ(co_await sys::get_state(server.pid()), "text a!") << "it came before the suspend";
    co_await sys::resume(server.pid());
    EXPECT_EQ(co_await server.call(recorder::text{}), "a!b");
    co_await server.stop();
  });
}

TEST_P(sys_operations, the_mailbox_of_a_suspended_server_stays_bounded) {
  run([](std::uint32_t where) -> process<> {
    auto [server, reference] =
        co_await start_monitor<recorder>({.scheduler = placement::on(where), .mailbox_limit = 2});
    co_await sys::suspend(server.pid());
    pid flood = spawn(
        [](dialtone::server<recorder> filled) -> process<> {
          for (;;) {
            filled.cast(recorder::note{'x'});
            co_await sleep_for(1ms);
          }
        },
        server);
    co_await sleep_for(100ms);
    EXPECT_LE((co_await info_of(server.pid()))->mailbox_length, 4u) << "the sender is held";
    exit(flood, exit_reason::kill);
    // One who does not wait meets the hard limit.
    spawn(
        [](dialtone::server<recorder> filled) -> process<> {
          for (int i = 0; i < 9; ++i) filled.cast(recorder::note{'x'});
          co_return;
        },
        server);
    EXPECT_EQ(co_await end_of(reference), exit_reason::mailbox_overflow);
  });
}

TEST_P(sys_operations, count_messages_and_replies) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<recorder>(on(where));
    EXPECT_EQ(co_await sys::get_statistics(server.pid()), std::nullopt);
    server.cast(recorder::note{'a'});
    co_await sys::count(server.pid(), true);
    time_point since = now();
    co_await sleep_for(1ms);
    for (int i = 0; i < 3; ++i) server.cast(recorder::note{'a'});
    send(server.pid(), go{});
    co_await server.call(recorder::text{});
    co_await server.call(recorder::later{});
    co_await sys::get_state(server.pid());
    auto counted = co_await sys::get_statistics(server.pid());
    EXPECT_EQ(counted->since, since);
    EXPECT_EQ(counted->messages_in, 6u) << "neither the continue nor the operations of sys";
    EXPECT_EQ(counted->replies_out, 1u) << "what a handler has returned";
    EXPECT_GT(counted->reductions, 0u);
    co_await sys::count(server.pid(), true);
    EXPECT_EQ((co_await sys::get_statistics(server.pid()))->messages_in, 0u) << "counted anew";
    co_await sys::count(server.pid(), false);
    EXPECT_EQ(co_await sys::get_statistics(server.pid()), std::nullopt);
    co_await server.stop();
  });
}

TEST_P(sys_operations, keep_the_last_events) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<recorder>(on(where));
    EXPECT_TRUE((co_await sys::get_log(server.pid())).empty());
    co_await sys::keep_log(server.pid(), 3);
    for (int i = 0; i < 5; ++i) server.cast(recorder::note{'a'});
    send(server.pid(), go{});
    co_await server.call(recorder::text{});
    auto events = co_await sys::get_log(server.pid());
    EXPECT_EQ(events.size(), 3u);
    EXPECT_TRUE(events[0].starts_with("in: message ") && events[0].ends_with("go from " + to_string(self())))
        << events[0];
    EXPECT_TRUE(events[1].starts_with("in: request ") && events[1].ends_with("text from " + to_string(self())))
        << events[1];
    EXPECT_EQ(events[2], "out: reply to " + to_string(self()));
    co_await sys::keep_log(server.pid(), 1);
    EXPECT_EQ(co_await sys::get_log(server.pid()), std::vector{events[2]});
    co_await sys::keep_log(server.pid(), 0);
    EXPECT_TRUE((co_await sys::get_log(server.pid())).empty());
    co_await server.stop();
  });
}

TEST_P(sys_operations, keep_no_more_events_than_the_limit) {
  run([](std::uint32_t where) -> process<> {
    for (std::size_t wanted : {sys::log_limit, sys::log_limit + 1}) {
      auto server = co_await start_link<recorder>({.scheduler = placement::on(where), .mailbox_limit = unlimited});
      co_await sys::keep_log(server.pid(), wanted);
      for (std::size_t i = 0; i < sys::log_limit; ++i) server.cast(recorder::note{'a'});
      auto events = co_await sys::get_log(server.pid());
      EXPECT_EQ(events.size(), sys::log_limit);
      send(server.pid(), go{});
      events = co_await sys::get_log(server.pid());
      EXPECT_EQ(events.size(), sys::log_limit);
      EXPECT_TRUE(events.back().contains("go from"));
      co_await server.stop();
    }
  });
}

TEST_P(sys_operations, switch_all_off) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<recorder>(on(where));
    co_await sys::count(server.pid(), true);
    co_await sys::keep_log(server.pid(), 3);
    co_await sys::no_debug(server.pid());
    server.cast(recorder::note{'a'});
    EXPECT_EQ(co_await sys::get_statistics(server.pid()), std::nullopt);
    EXPECT_TRUE((co_await sys::get_log(server.pid())).empty());
    co_await server.stop();
  });
}

TEST_P(sys_operations, replace_the_state) {
  run([](std::uint32_t where) -> process<> {
    auto server = co_await start_link<recorder>(on(where));
    server.cast(recorder::note{'a'});
    co_await sys::suspend(server.pid());
    co_await sys::replace_state(server, [](recorder& changed) { changed.forget(); });
    EXPECT_EQ(co_await sys::get_state(server.pid()), "text ");
    co_await sys::resume(server.pid());
    std::string refusal;
    try {
      co_await sys::replace_state(dialtone::server<closed>{server.pid()}, [](closed&) { ADD_FAILURE(); });
    } catch (const call_failed& failure) {
      refusal = failure.what();
    }
    EXPECT_TRUE(refusal.ends_with("failed: custom: it is of another class")) << refusal;
    EXPECT_EQ(co_await server.call(recorder::text{}), "") << "it lives";
    co_await server.stop();
  });
}

TEST_P(sys_operations, terminate_it) {
  run([](std::uint32_t where) -> process<> {
    auto [server, reference] = co_await start_monitor<recorder>(on(where));
    co_await sys::terminate(server.pid(), because("maintenance"));
    EXPECT_EQ(co_await end_of(reference), because("maintenance"));
  });
}

TEST_P(sys_operations, on_a_process_that_is_no_behaviour_or_dead_are_failed_calls) {
  run([](std::uint32_t where) -> process<> {
    auto failure_at = [](pid asked) -> task<exit_reason> {
      try {
        co_await sys::get_state(asked, 10ms);
      } catch (const call_failed& failure) {
        co_return failure.reason();
      }
      co_return exit_reason::normal;
    };
    auto [plain, reference] = spawn_monitor(on(where), wait_for_go);
    EXPECT_EQ(co_await failure_at(plain), exit_reason::timeout);
    send(plain, go{});
    EXPECT_EQ(co_await end_of(reference), exit_reason::normal);
    EXPECT_EQ(co_await failure_at(plain), exit_reason::noproc);
  });
}

TEST(sys_trace, writes_each_event_to_the_log) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto server = co_await start_link<recorder>();
    co_await sys::trace(server.pid(), true);
    server.cast(recorder::note{'a'});
    co_await server.call(recorder::text{});
    co_await sys::trace(server.pid(), false);
    server.cast(recorder::note{'b'});
  }),
            exit_reason::normal);
  ASSERT_EQ(rt.log().size(), 3u);
  EXPECT_TRUE(rt.log()[0].starts_with("[info] ") && rt.log()[0].contains("recorder: in: request ")) << rt.log()[0];
  EXPECT_TRUE(rt.log()[1].contains("::text from ")) << rt.log()[1];
  EXPECT_TRUE(rt.log()[2].contains("recorder: out: reply to ")) << rt.log()[2];
}

}  // namespace
}  // namespace dialtone
