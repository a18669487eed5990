// SPDX-License-Identifier: Apache-2.0
// How a server ends, and what it says and does then.
#include <dialtone/otp/gen_server.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

/// What its terminate() tells the observer.
struct farewell {
  exit_reason reason;
  int handled;
};

struct work {};
struct fail {};
struct leave {
  exit_reason reason;
};
struct stop_with {
  exit_reason reason;
};
struct last_question {
  using reply = int;
};
struct last_question_slowly {
  using reply = int;
};
struct fail_in_call {
  using reply = int;
};
struct fail_slowly {};
struct leave_slowly {};

template <class Self>
class ending : public gen_server<Self> {
 public:
  explicit ending(pid observer) : observer_{observer} {}
  void handle_cast(work) { ++handled_; }
  void handle_cast(fail) { throw std::runtime_error{"as planned"}; }
  void handle_cast(leave request) { exit(request.reason); }
  void handle_cast(stop_with request) { this->stop(request.reason); }
  int handle_call(last_question) {
    this->stop(because("asked out"));
    return 42;
  }
  task<int> handle_call(last_question_slowly) {
    this->stop(because("asked out"));
    co_await sleep_for(10ms);
    co_return 42;
  }
  int handle_call(fail_in_call) { throw std::runtime_error{"as planned"}; }
  task<> handle_cast(fail_slowly) {
    co_await sleep_for(1ms);
    throw std::runtime_error{"as planned"};
  }
  task<> handle_cast(leave_slowly) {
    co_await sleep_for(1ms);
    exit(because("had enough"));
  }

 protected:
  pid observer_;
  int handled_ = 0;
};

class plain_end : public ending<plain_end> {
 public:
  using ending::ending;
  void terminate(const exit_reason& reason) { send(observer_, farewell{reason, handled_}); }
};

class slow_end : public ending<slow_end> {
 public:
  using ending::ending;
  task<> terminate(exit_reason reason) {
    co_await sleep_for(10ms);
    send(observer_, farewell{reason, handled_});
    co_await sleep_for(10ms);
  }
};

class no_end : public ending<no_end> {
 public:
  using ending::ending;
};

class bad_end : public ending<bad_end> {
 public:
  using ending::ending;
  void terminate(exit_reason) { throw std::logic_error{"worse"}; }
};

const exit_reason planned = exit_reason::of_exception("std::runtime_error", "as planned", {});

class gen_server_end : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, gen_server_end, beside_and_elsewhere, name_of_place);

/// Starts a server, does something to it, and expects it to end for this reason, after a terminate with it.
template <class Server>
task<> expect_end(std::uint32_t where, void (*act)(server<Server>), exit_reason expected) {
  auto [server, reference] = co_await start_monitor<Server>(on(where), self());
  act(server);
  EXPECT_EQ(co_await end_of(reference), expected);
  auto said = co_await receive<farewell>(after(0s));
  EXPECT_TRUE(said.has_value());
  if (said) EXPECT_EQ(said->reason, expected);
}

template <class Server>
task<> expect_ends(std::uint32_t where) {
  using to = server<Server>;
  co_await expect_end<Server>(where, [](to ended) { ended.cast(fail{}); }, planned);
  co_await expect_end<Server>(where, [](to ended) { ended.cast(fail_slowly{}); }, planned);
  co_await expect_end<Server>(where, [](to ended) { ended.cast(leave{because("had enough")}); }, because("had enough"));
  co_await expect_end<Server>(where, [](to ended) { ended.cast(leave_slowly{}); }, because("had enough"));
  co_await expect_end<Server>(where, [](to ended) { ended.cast(leave{exit_reason::normal}); }, exit_reason::normal);
  co_await expect_end<Server>(where, [](to ended) { ended.cast(stop_with{exit_reason::normal}); }, exit_reason::normal);
  co_await expect_end<Server>(
      where, [](to ended) { ended.cast(stop_with{exit_reason::shutdown}); }, exit_reason::shutdown);
  co_await expect_end<Server>(where, [](to ended) { ended.cast(stop_with{because("full")}); }, because("full"));
}

TEST_P(gen_server_end, by_a_fault_an_exit_or_a_stop_calls_terminate) {
  run([](std::uint32_t where) -> process<> {
    co_await expect_ends<plain_end>(where);
    co_await expect_ends<slow_end>(where);
  });
}

TEST_P(gen_server_end, by_a_signal_calls_no_terminate) {
  run([](std::uint32_t where) -> process<> {
    auto [ended, reference] = co_await start_monitor<plain_end>(on(where), self());
    exit(ended.pid(), exit_reason::shutdown);
    EXPECT_EQ(co_await end_of(reference), exit_reason::shutdown);
    auto [killed, watch] =
        co_await start_monitor<plain_end>({.scheduler = placement::on(where), .trap_exit = true}, self());
    exit(killed.pid(), exit_reason::kill);
    EXPECT_EQ(co_await end_of(watch), exit_reason::killed);
    EXPECT_FALSE(co_await receive<farewell>(after(1s)));
  });
}

TEST_P(gen_server_end, a_stop_lets_it_handle_what_has_come_before) {
  run([](std::uint32_t where) -> process<> {
    auto ended = co_await start<slow_end>(on(where), self());
    for (int i = 0; i < 3; ++i) ended.cast(work{});
    co_await ended.stop();
    EXPECT_EQ((co_await receive<farewell>(after(0s)))->handled, 3);
    ended = co_await start<slow_end>(on(where), self());
    co_await ended.stop(because("moving"));
    EXPECT_EQ((co_await receive<farewell>(after(0s)))->reason, because("moving"));
  });
}

TEST_P(gen_server_end, a_reply_that_goes_with_the_stop_arrives) {
  run([](std::uint32_t where) -> process<> {
    auto ended = co_await start<no_end>(on(where), self());
    EXPECT_EQ(co_await ended.call(last_question{}), 42);
    EXPECT_EQ((co_await ended.try_call(last_question{})).error(), exit_reason::noproc);
    ended = co_await start<no_end>(on(where), self());
    EXPECT_EQ(co_await ended.call(last_question_slowly{}), 42);
  });
}

TEST_P(gen_server_end, a_stop_that_does_not_succeed_is_a_failed_call) {
  run([](std::uint32_t where) -> process<> {
    auto ended = co_await start<bad_end>(on(where), self());
    auto stop = [](server<bad_end> whom, exit_reason reason, duration limit) -> task<exit_reason> {
      try {
        co_await whom.stop(reason, limit);
      } catch (const call_failed& failure) {
        co_return failure.reason();
      }
      co_return exit_reason::normal;
    };
    EXPECT_EQ((co_await stop(ended, exit_reason::normal, 1s)).text(), "worse");
    EXPECT_EQ(co_await stop(ended, exit_reason::normal, 1s), exit_reason::noproc) << "it is dead";
    EXPECT_EQ(co_await stop({}, exit_reason::normal, 1s), exit_reason::noproc);
    EXPECT_EQ(co_await stop(server<bad_end>{self()}, exit_reason::normal, 1s), exit_reason::calling_self);
    pid plain = spawn_link(on(where), wait_for_go);
    EXPECT_EQ(co_await stop(server<bad_end>{plain}, exit_reason::normal, 20ms), exit_reason::timeout);
    send(plain, go{});
  });
}

TEST_P(gen_server_end, a_suspended_server_stops_at_once) {
  run([](std::uint32_t where) -> process<> {
    auto ended = co_await start<plain_end>(on(where), self());
    co_await sys::suspend(ended.pid());
    ended.cast(work{});
    co_await ended.stop(because("now"));
    EXPECT_EQ((co_await receive<farewell>(after(0s)))->handled, 0);
  });
}

TEST_P(gen_server_end, what_terminate_throws_is_the_reason) {
  run([](std::uint32_t where) -> process<> {
    for (bool fails : {false, true}) {
      auto [ended, reference] = co_await start_monitor<bad_end>(on(where), self());
      if (fails)
        ended.cast(fail{});
      else
        ended.cast(stop_with{because("moving")});
      EXPECT_EQ((co_await end_of(reference)).text(), "worse");
    }
  });
}

process<> parent(std::uint32_t where, pid observer, bool suspends) {
  auto child = co_await start_link<slow_end>({.scheduler = placement::on(where), .trap_exit = true}, observer);
  if (suspends) co_await sys::suspend(child.pid());
  send(observer, child);
  co_await receive<go>();
  exit(because("bankrupt"));
}

TEST_P(gen_server_end, the_parents_end_ends_a_server_that_traps_exits_after_terminate) {
  run([](std::uint32_t where) -> process<> {
    for (bool suspended : {false, true}) {
      pid above = spawn(parent, where, self(), suspended);
      auto child = co_await receive<server<slow_end>>();
      reference watched = monitor(child.pid());
      send(above, go{});
      EXPECT_EQ(co_await end_of(watched), because("bankrupt"));
      EXPECT_EQ((co_await receive<farewell>(after(0s)))->reason, because("bankrupt"));
    }
  });
}

TEST_P(gen_server_end, a_link_that_is_not_the_parents_is_only_a_message) {
  run([](std::uint32_t where) -> process<> {
    auto child = co_await start<no_end>({.scheduler = placement::on(where), .trap_exit = true}, self());
    pid neighbour = spawn(
        [](pid other) -> process<> {
          link(other);
          co_await receive<go>();
          exit(because("bankrupt"));
        },
        child.pid());
    co_await yield();
    send(neighbour, go{});
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await child.call(last_question{}), 42);
  });
}

TEST_P(gen_server_end, callers_that_wait_get_the_reason_with_the_text_of_the_exception) {
  run([](std::uint32_t where) -> process<> {
    auto ended = co_await start<plain_end>(on(where), self());
    auto outcome = co_await ended.try_call(fail_in_call{});
    EXPECT_EQ(outcome.error(), planned);
  });
}

// --- what the log says ---

class timed_out : public gen_server<timed_out> {
 public:
  void handle_cast(work) { timeout_after(1ms); }
  void handle_timeout() { throw std::runtime_error{"as planned"}; }
};

std::string log_of(process<> (*scenario)()) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run(scenario), exit_reason::normal);
  std::string all;
  for (const std::string& line : rt.log()) all += line;
  return all;
}

TEST(gen_server_report, says_what_was_handled) {
  std::string text = log_of([]() -> process<> {
    auto [ended, reference] = co_await start_monitor<slow_end>({.name = "pump"}, self());
    ended.cast(work{});
    ended.cast(fail{});
    co_await end_of(reference);
  });
  EXPECT_TRUE(text.contains(" pump crashed\n    reason: std::runtime_error: as planned\n")) << text;
  EXPECT_TRUE(text.contains("    while ")) << text;
  EXPECT_TRUE(text.contains("slow_end handled ")) << text;
  EXPECT_TRUE(text.contains("::fail\n")) << text;
}

TEST(gen_server_report, of_a_coroutine_handler_has_the_line_where_it_waited) {
  std::string text = log_of([]() -> process<> {
    auto [ended, reference] = co_await start_monitor<no_end>(self());
    ended.cast(fail_slowly{});
    co_await end_of(reference);
  });
  EXPECT_TRUE(text.contains("::fail_slowly\n    at gen_server_stop_test.cpp:")) << text;
}

TEST(gen_server_report, does_not_blame_the_message_before_a_timeout) {
  std::string text = log_of([]() -> process<> {
    auto [ended, reference] = co_await start_monitor<timed_out>();
    ended.cast(work{});
    co_await end_of(reference);
  });
  EXPECT_TRUE(text.contains("timed_out handled its timeout\n")) << text;
}

TEST(gen_server_report, is_not_made_for_wishes) {
  EXPECT_EQ(log_of([]() -> process<> {
              for (const exit_reason& reason : {exit_reason{}, exit_reason{exit_reason::shutdown}, because("a wish")}) {
                auto [left, first] = co_await start_monitor<slow_end>(self());
                left.cast(leave{reason});
                co_await end_of(first);
                auto [stopped, second] = co_await start_monitor<slow_end>(self());
                stopped.cast(stop_with{reason});
                co_await end_of(second);
              }
            }),
            "");
}

// Stops where it is told to.
class stops_at : public gen_server<stops_at> {
 public:
  enum class place { info, next, timeout };
  using infos = messages<go>;
  explicit stops_at(place where) {
    if (where == place::next) continue_with(0);
    if (where == place::timeout) timeout_after(1ms);
  }
  void handle_info(go) { stop(because("info")); }
  void handle_continue(int) { stop(because("next")); }
  void handle_timeout() { stop(because("timeout")); }
  void terminate(const exit_reason&) {
    if (auto observer = whereis("observer")) send(*observer, work{});
  }
};

TEST(gen_server_stop, is_heard_from_infos_continues_and_timeouts_too) {
  stepped_runtime rt;
  const exit_reason reason = rt.run({.name = "observer", .trap_exit = true}, []() -> process<> {
    for (auto [where, why] : {std::pair{stops_at::place::info, "info"}, std::pair{stops_at::place::next, "next"},
                              std::pair{stops_at::place::timeout, "timeout"}}) {
      auto ended = co_await start_link<stops_at>(where);
      if (where == stops_at::place::info) send(ended.pid(), go{});
      EXPECT_EQ((co_await receive<exited>()).reason, because(why));
      EXPECT_TRUE((co_await receive<work>(after(0s))).has_value());
    }
  });
  EXPECT_EQ(reason, exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
