// SPDX-License-Identifier: Apache-2.0
// Servers and state machines that are used as nobody should: the damage stays where it was done.
#include <gtest/gtest.h>

#include <dialtone/otp/gen_statem.hpp>
#include <dialtone/otp/request_ids.hpp>
#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/doubles.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::because;
using testing::go;

// Does what it is told in the request.
class puppet : public gen_server<puppet> {
 public:
  struct run {
    using reply = int;
    int (*what)(puppet& self);
  };
  struct run_later {
    using reply = int;
    task<int> (*what)(puppet* self);
  };
  struct keep {
    using reply = int;
  };
  struct do_it {
    void (*what)(puppet& self);
  };
  using infos = messages<go>;

  puppet() = default;
  ~puppet() {
    if (on_destruction != nullptr) on_destruction(*this);
  }
  int handle_call(run asked) { return asked.what(*this); }
  task<int> handle_call(run_later asked) { return asked.what(this); }
  void handle_call(keep, reply_to<int> from) { waiting.push_back(from); }
  void handle_cast(do_it told) { told.what(*this); }
  void handle_info(go) { ++gone; }
  void handle_continue(int value) {
    gone += value;
    if (value < 0) throw std::runtime_error{"a negative continue"};
  }
  void handle_timeout() { ++timeouts; }
  task<> terminate(exit_reason reason) {
    if (on_termination != nullptr) co_await on_termination(this, std::move(reason));
  }
  std::string format_status() const {
    if (on_status != nullptr) on_status();
    return std::to_string(gone);
  }

  using gen_server::continue_with;
  using gen_server::stop;
  using gen_server::this_server;
  using gen_server::timeout_after;

  int gone = 0;
  int timeouts = 0;
  void (*on_status)() = nullptr;
  std::vector<reply_to<int>> waiting;
  void (*on_destruction)(puppet& self) = nullptr;
  task<> (*on_termination)(puppet* self, exit_reason reason) = nullptr;
};

}  // namespace
}  // namespace dialtone
template <>
inline constexpr bool dialtone::enable_sendable<dialtone::puppet::run> = true;
template <>
inline constexpr bool dialtone::enable_sendable<dialtone::puppet::run_later> = true;
template <>
inline constexpr bool dialtone::enable_sendable<dialtone::puppet::do_it> = true;
namespace dialtone {
namespace {

class hostile_servers : public ::testing::Test {
 protected:
  void run(process<> (*scenario)()) {
    EXPECT_EQ(rt.run({.trap_exit = true}, scenario), exit_reason::normal);
    rt.settle();
    EXPECT_EQ(rt->processes().size(), 1u);  // that which asks
  }
  testing::stepped_runtime rt;
};

TEST_F(hostile_servers, that_reply_and_then_throw_have_replied) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    auto kept = server.send_request(puppet::keep{});
    server.cast(puppet::do_it{[](puppet& self) {
      reply(self.waiting.front(), 7);
      throw std::runtime_error{"after all"};
    }});
    EXPECT_EQ(co_await kept.response(), 7);
    EXPECT_TRUE((co_await receive<exited>()).reason.text().contains("after all"));
  });
}

TEST_F(hostile_servers, that_reply_twice_or_to_the_dead_reply_once) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    pid dead = spawn(
        [](dialtone::server<puppet> whom) -> process<> {
          static_cast<void>(co_await whom.try_call(puppet::keep{}, 1ms));
        },
        server);
    co_await testing::await_death(dead);
    auto kept = server.send_request(puppet::keep{});
    server.cast(puppet::do_it{[](puppet& self) {
      for (auto from : self.waiting) reply(from, 1);
      for (auto from : self.waiting) reply(from, 2);
    }});
    EXPECT_EQ(co_await kept.response(), 1);
    co_await server.stop();
  });
}

TEST_F(hostile_servers, that_call_themselves_are_told_so_wherever_they_do) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    int failures = co_await server.call(puppet::run_later{[](puppet* self) -> task<int> {
      int count = 0;
      auto me = self->this_server();
      auto asked = co_await me.try_call(puppet::keep{});
      count += !asked && asked.error() == exit_reason::calling_self;
      try {
        co_await sys::get_state(self->this_server().pid());
      } catch (const call_failed& failure) {
        count += failure.reason() == exit_reason::calling_self;
      }
      try {
        co_await me.stop();
      } catch (const call_failed& failure) {
        count += failure.reason() == exit_reason::calling_self;
      }
      co_return count;
    }});
    EXPECT_EQ(failures, 3);
    co_await server.stop();
  });
}

TEST_F(hostile_servers, may_call_others_from_terminate_also_those_that_are_dead) {
  run([]() -> process<> {
    auto other = co_await start_link<puppet>({.name = "other"});
    auto server = co_await start_link<puppet>();
    server.cast(puppet::do_it{[](puppet& self) {
      self.on_termination = [](puppet*, exit_reason) -> task<> {
        named<puppet> friend_of_ours{"other"};
        EXPECT_EQ(co_await friend_of_ours.call(puppet::run{[](puppet& whom) { return whom.gone; }}), 0);
        co_await friend_of_ours.stop();
        EXPECT_EQ((co_await friend_of_ours.try_call(puppet::keep{})).error(), exit_reason::noproc);
      };
    }});
    co_await server.stop();
    EXPECT_FALSE(is_alive(other.pid()));
    static_cast<void>(co_await receive<exited>());
    static_cast<void>(co_await receive<exited>());
  });
}

TEST_F(hostile_servers, that_stop_again_in_terminate_end_once) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    server.cast(puppet::do_it{[](puppet& self) {
      self.on_termination = [](puppet* me, exit_reason) -> task<> {
        me->stop(because("second"));
        me->continue_with(3);
        co_return;
      };
      self.stop(because("first"));
      self.stop(because("again"));
    }});
    const exit_reason reason = (co_await receive<exited>()).reason;
    EXPECT_EQ(reason, because("second"));
  });
}

TEST_F(hostile_servers, whose_continue_throws_end_with_that_and_drop_what_was_to_follow) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    auto kept = server.send_request(puppet::keep{});
    server.cast(puppet::do_it{[](puppet& self) {
      self.continue_with(1);
      self.continue_with(-1);
      self.continue_with(1);
    }});
    EXPECT_TRUE((co_await kept.response()).error().text().contains("a negative continue"));
    static_cast<void>(co_await receive<exited>());
  });
}

TEST_F(hostile_servers, may_reply_and_send_in_their_destructors) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    auto kept = server.send_request(puppet::keep{});
    server.cast(puppet::do_it{[](puppet& self) {
      self.on_destruction = [](puppet& me) {
        for (auto from : me.waiting) reply(from, 5);
        me.this_server().cast(puppet::do_it{[](puppet&) {}});
        static_cast<void>(try_register_name("ghost"));
      };
    }});
    co_await sleep_for(1ms);
    exit(server.pid(), exit_reason::kill);
    EXPECT_EQ(co_await kept.response(), 5);
    static_cast<void>(co_await receive<exited>());
    EXPECT_FALSE(whereis("ghost"));
  });
}

TEST_F(hostile_servers, that_never_finish_terminate_are_left_to_the_limit_and_to_a_kill) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    server.cast(puppet::do_it{[](puppet& self) {
      self.on_termination = [](puppet*, exit_reason) -> task<> { co_await sleep_for(duration::max()); };
    }});
    bool late = false;
    try {
      co_await server.stop(exit_reason::normal, 1s);
    } catch (const call_failed& failure) {
      late = failure.reason() == exit_reason::timeout;
    }
    EXPECT_TRUE(late);
    EXPECT_EQ((co_await server.try_call(puppet::keep{}, 1s)).error(), exit_reason::timeout);
    exit(server.pid(), exit_reason::kill);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::killed);
  });
}

TEST_F(hostile_servers, that_are_killed_in_a_handler_or_while_suspended_leave_nothing) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    auto asked = server.send_request(puppet::run_later{[](puppet* self) -> task<int> {
      self->continue_with(1);
      co_await sleep_for(duration::max());
      co_return 1;
    }});
    co_await sleep_for(1ms);
    exit(server.pid(), exit_reason::kill);
    EXPECT_EQ((co_await asked.response()).error(), exit_reason::killed);
    static_cast<void>(co_await receive<exited>());
    auto second = co_await start_link<puppet>();
    co_await sys::suspend(second.pid());
    auto held = second.send_request(puppet::keep{});
    exit(second.pid(), exit_reason::kill);
    EXPECT_EQ((co_await held.response()).error(), exit_reason::killed);
    static_cast<void>(co_await receive<exited>());
  });
}

TEST_F(hostile_servers, take_any_duration_for_a_limit) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    for (duration none : {duration{0}, duration{-1}, duration::min()}) {
      EXPECT_EQ((co_await server.try_call(puppet::keep{}, none)).error(), exit_reason::timeout);
      auto asked = server.send_request(puppet::keep{});
      EXPECT_EQ((co_await asked.response(none)).error(), exit_reason::timeout);
    }
    for (duration none : {duration{0}, duration{-1}, duration::min()}) {
      request_ids<int, int> many;
      EXPECT_TRUE(many.add(server, puppet::keep{}, 1));
      EXPECT_FALSE((co_await many.next(none)).has_value());
      EXPECT_EQ(many.size(), 1u);
    }
    for (duration long_one : {duration::max(), duration::max() - duration{1}, duration{1h} * 24 * 365 * 200}) {
      EXPECT_EQ(co_await server.call(puppet::run{[](puppet&) { return 1; }}, long_one), 1);
    }
    server.cast(puppet::do_it{[](puppet& self) { self.timeout_after(duration::min()); }});
    server.cast(puppet::do_it{[](puppet& self) { self.timeout_after(duration::max() - duration{1}); }});
    co_await sleep_for(1h);
    EXPECT_EQ(co_await server.call(puppet::run{[](puppet& self) { return self.timeouts; }}), 0);
    server.cast(puppet::do_it{[](puppet& self) { self.timeout_after(duration{-1}); }});
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await server.call(puppet::run{[](puppet& self) { return self.timeouts; }}), 1);
    co_await server.stop(exit_reason::normal, duration::max() - duration{1});
  });
}

TEST_F(hostile_servers, may_give_themselves_as_much_to_do_as_they_like) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    server.cast(puppet::do_it{[](puppet& self) {
      for (int count = 0; count < 200'000; ++count) self.continue_with(1);
    }});
    EXPECT_EQ(co_await server.call(puppet::run{[](puppet& self) { return self.gone; }}, 1h), 200'000);
    server.cast(puppet::do_it{[](puppet& self) {
      for (int count = 0; count < 200'000; ++count) self.continue_with(1);
      self.stop();
    }});
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::normal);
  });
}

// --- starts ---

class stops_in_init : public gen_server<stops_in_init> {
 public:
  explicit stops_in_init(exit_reason reason) { stop(std::move(reason)); }
  void init() { continue_with(1); }
  void handle_continue(int) { ADD_FAILURE() << "it goes on"; }
  void terminate(const exit_reason&) { ADD_FAILURE() << "what has not been up is not terminated"; }
};

TEST_F(hostile_servers, that_stop_in_init_are_not_up) {
  run([]() -> process<> {
    for (const exit_reason& reason :
         {exit_reason{exit_reason::normal}, exit_reason{exit_reason::shutdown}, because("no")}) {
      auto started = co_await try_start_link<stops_in_init>(reason);
      EXPECT_FALSE(started);
      if (!started) EXPECT_EQ(started.error().reason(), reason);
    }
  });
}

class kills_in_init : public gen_server<kills_in_init> {
 public:
  explicit kills_in_init(pid whom) { exit(whom, exit_reason::kill); }
  task<> init() { co_await sleep_for(1h); }
};

TEST_F(hostile_servers, that_kill_their_starter_in_init_go_with_it) {
  run([]() -> process<> {
    pid starter = spawn([]() -> process<> { co_await start_link<kills_in_init>(self()); });
    co_await testing::await_death(starter);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
    starter = spawn([]() -> process<> { co_await start<kills_in_init>(self()); });
    co_await testing::await_death(starter);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
  });
}

// --- sys ---

TEST_F(hostile_servers, are_not_ended_by_a_question_that_they_cannot_answer) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    server.cast(puppet::do_it{[](puppet& self) { self.on_status = [] { throw std::runtime_error{"mute"}; }; }});
    EXPECT_TRUE((co_await sys::get_state(server.pid())).contains("mute"));
    server.cast(puppet::do_it{[](puppet& self) { self.on_status = [] { throw 17; }; }});
    EXPECT_TRUE((co_await sys::get_status(server.pid())).state.contains("not a std::exception"));
    EXPECT_EQ(co_await server.call(puppet::run{[](puppet&) { return 1; }}), 1);
    co_await server.stop();
  });
}

TEST_F(hostile_servers, are_not_ended_by_a_repair_that_fails) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    std::string why;
    for (auto fail : {+[](puppet&) { throw std::runtime_error{"wrong tool"}; }, +[](puppet&) { throw 17; }}) {
      try {
        co_await sys::replace_state(server, fail);
      } catch (const call_failed& failure) {
        why += failure.what();
      }
    }
    EXPECT_TRUE(why.contains("wrong tool") && why.ends_with("failed: int")) << why;
    EXPECT_EQ(co_await server.call(puppet::run{[](puppet&) { return 1; }}), 1);
    co_await server.stop();
  });
}

// --- requests under way ---

TEST_F(hostile_servers, that_die_fail_all_their_requests_once) {
  run([]() -> process<> {
    auto server = co_await start_link<puppet>();
    request_ids<int, int> many;
    for (int label = 0; label < 1000; ++label) EXPECT_TRUE(many.add(server, puppet::keep{}, label));
    EXPECT_TRUE(many.add(dialtone::server<puppet>{self()}, puppet::keep{}, -1));
    EXPECT_TRUE(many.add(dialtone::server<puppet>{}, puppet::keep{}, -2));
    exit(server.pid(), exit_reason::kill);
    int killed = 0;
    int other = 0;
    while (auto answer = co_await many.next(1s)) ++(answer->reply.error() == exit_reason::killed ? killed : other);
    EXPECT_EQ(killed, 1000);
    EXPECT_EQ(other, 2);
    EXPECT_EQ(many.size(), 0u);
    static_cast<void>(co_await receive<exited>());
    request_ids<int, int> none{0};
    EXPECT_FALSE(none.add(server, puppet::keep{}, 1));
    EXPECT_FALSE((co_await none.next(duration::max())).has_value());
  });
}

}  // namespace
}  // namespace dialtone
