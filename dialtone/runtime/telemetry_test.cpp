// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/telemetry.hpp>

#include <barrier>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

using std::chrono::milliseconds;
using telemetry::record;

inline constexpr telemetry::event spawned{"dialtone.process.spawn"};
inline constexpr telemetry::event exited{"dialtone.process.exit"};
inline constexpr telemetry::event opened{"dialtone.socket.open"};
inline constexpr telemetry::event other{"other.thing"};
inline constexpr telemetry::event_span request{"dialtone.http.request"};

static_assert(telemetry::is_event_name("a.b") && telemetry::is_event_name("dialtone.http_2.stream"));
static_assert(!telemetry::is_event_name("") && !telemetry::is_event_name("word") && !telemetry::is_event_name("a..b"));
static_assert(!telemetry::is_event_name(".a.b") && !telemetry::is_event_name("a.b.") &&
              !telemetry::is_event_name("A.b"));
static_assert(telemetry::event_group("a.b.c.d") == "a.b" && telemetry::event_group("a.b") == "a.b");
static_assert(request.start().name() == "dialtone.http.request.start");
static_assert(request.exception().name() == "dialtone.http.request.exception");
static_assert(request.stop().bits() == telemetry::event{"dialtone.http.request.stop"}.bits());
static_assert(!std::is_copy_constructible_v<telemetry::span> && std::is_nothrow_move_constructible_v<telemetry::span>);

template <class Name>
concept starts_a_span = requires(telemetry_hub hub, Name&& name) { hub.start(std::forward<Name>(name)); };
static_assert(starts_a_span<const telemetry::event_span&> && !starts_a_span<const telemetry::event_span>);

class telemetry_test : public testing::Test {
 protected:
  // A handler that writes the names of events down.
  telemetry::handler remember() {
    return [this](const record& each) { seen.emplace_back(each.event()); };
  }
  void listen(const std::string& name, std::string_view pattern, telemetry::handler handler) {
    const auto attached = hub.attach(name, pattern, std::move(handler));
    ASSERT_TRUE(attached) << attached.error();
  }
  void emit_all() {
    for (const auto& each : {spawned, exited, opened, other}) hub.emit(each);
  }

  time_point now{milliseconds(100)};
  int clock_reads = 0;
  std::vector<std::string> failures;
  std::vector<std::string> seen;
  telemetry_hub hub{[this] {
                      ++clock_reads;
                      return now;
                    },
                    [this](const telemetry_hub::failure& failure) {
                      failures.push_back(std::string(failure.handler) + " on " + std::string(failure.event) + ": " +
                                         std::string(failure.error));
                    }};
};

const auto must_not_run = [](record&) { FAIL() << "a builder ran although nobody listens"; };

TEST_F(telemetry_test, without_listeners_neither_builder_nor_clock_is_touched) {
  hub.emit(exited, must_not_run);
  auto span = hub.start(request, must_not_run);
  span.stop(must_not_run);
  EXPECT_EQ(clock_reads, 0);
}

TEST_F(telemetry_test, a_listener_to_another_event_of_the_group_does_not_run_the_builder) {
  listen("a", "dialtone.process.spawn", remember());
  listen("b", "dialtone.process.exit.deep.*", remember());
  hub.emit(exited, must_not_run);
  listen("c", "dialtone.http.other.*", remember());
  auto span = hub.start(request, must_not_run);
  span.stop(must_not_run);
  EXPECT_EQ(clock_reads, 0);
  EXPECT_TRUE(seen.empty());
}

TEST_F(telemetry_test, a_handler_gets_name_time_measurements_and_tags) {
  int calls = 0;
  listen("watch", "dialtone.process.exit", [&](const record& got) {
    ++calls;
    EXPECT_EQ(got.event(), "dialtone.process.exit");
    EXPECT_EQ(got.time(), now);
    EXPECT_EQ(std::get<std::int64_t>(*got.find_measurement("duration")), 5'000'000);
    EXPECT_EQ(std::get<std::int64_t>(*got.find_measurement("messages")), 3);
    EXPECT_EQ(std::get<double>(*got.find_measurement("load")), 0.5);
    EXPECT_EQ(*got.find_tag("pid"), "<0.7.1>");
    EXPECT_EQ(got.find_tag("name"), nullptr);
    EXPECT_EQ(got.find_measurement("pid"), nullptr);
    EXPECT_EQ(got.dropped(), 0u);
  });
  hub.emit(exited, [](record& filled) {
    filled.measure("duration", milliseconds(5));
    filled.measure("messages", 3u);
    filled.measure("load", 0.5);
    filled.tag("pid", "<0.7.1>");
  });
  EXPECT_EQ(calls, 1);
}

TEST_F(telemetry_test, a_pattern_is_a_name_the_beginning_of_names_or_everything) {
  struct expectation {
    std::string_view pattern;
    std::vector<std::string> events;
  };
  const std::vector<expectation> table = {
      {"dialtone.process.exit", {"dialtone.process.exit"}},
      {"dialtone.process.*", {"dialtone.process.spawn", "dialtone.process.exit"}},
      {"dialtone.*", {"dialtone.process.spawn", "dialtone.process.exit", "dialtone.socket.open"}},
      {"*", {"dialtone.process.spawn", "dialtone.process.exit", "dialtone.socket.open", "other.thing"}},
      {"dialtone.process", {}},
      {"dialtone.proc.*", {}},
  };
  for (const auto& [pattern, events] : table) {
    seen.clear();
    listen("watch", pattern, remember());
    emit_all();
    EXPECT_EQ(seen, events) << pattern;
    EXPECT_TRUE(hub.detach("watch"));
    emit_all();
    EXPECT_EQ(seen, events) << pattern << " after it was detached";
  }
}

TEST_F(telemetry_test, a_bad_attachment_is_refused_with_a_sentence) {
  for (const std::string_view pattern :
       {"", ".", ".*", "**", "dialtone", "dialtone.*.exit", "dialtone.process*", "Dialtone.*"}) {
    const auto refused = hub.attach("watch", pattern, remember());
    ASSERT_FALSE(refused) << pattern;
    EXPECT_NE(refused.error().find("neither"), std::string::npos) << refused.error();
  }
  EXPECT_EQ(hub.attach("", "*", remember()).error(), "a telemetry handler needs a name");
  EXPECT_EQ(hub.attach("watch", "*", {}).error(), "there is no function to call for the telemetry handler watch");
  listen("watch", "*", remember());
  EXPECT_EQ(hub.attach("watch", "other.thing", remember()).error(), "the telemetry handler watch is already attached");
  EXPECT_FALSE(hub.detach("somebody else"));
}

TEST_F(telemetry_test, at_most_64_handlers_are_attached) {
  for (int number = 0; number < 64; ++number) listen(std::to_string(number), "other.thing", remember());
  EXPECT_EQ(hub.attach("one more", "*", remember()).error(), "there are 64 telemetry handlers already");
  hub.emit(other);
  EXPECT_EQ(seen.size(), 64u);
  EXPECT_TRUE(hub.detach("7"));
  listen("one more", "*", remember());
}

TEST_F(telemetry_test, a_record_keeps_16_measurements_and_16_tags_and_counts_the_rest) {
  for (const int count : {16, 17, 20}) {
    listen("watch", "*", [&](const record& got) {
      EXPECT_EQ(got.measurements().size(), 16u);
      EXPECT_EQ(got.tags().size(), 16u);
      EXPECT_EQ(got.tags().back().value, "15");
      EXPECT_EQ(std::get<std::int64_t>(got.measurements().back().value), 15);
      EXPECT_EQ(got.dropped(), 2 * static_cast<std::size_t>(count - 16));
      seen.emplace_back(got.event());
    });
    hub.emit(other, [&](record& filled) {
      for (int number = 0; number < count; ++number) {
        filled.measure("number", number);
        filled.tag("number", std::to_string(number));
      }
    });
    hub.detach("watch");
  }
  EXPECT_EQ(seen.size(), 3u);
}

TEST_F(telemetry_test, a_handler_that_throws_is_detached_and_reported_once) {
  listen("clumsy", "dialtone.process.*", [](const record&) { throw std::runtime_error("oops"); });
  listen("steady", "dialtone.process.*", remember());
  std::vector<std::string> reported;
  listen("reports", "dialtone.telemetry.handler_failed", [&](const record& got) {
    for (const auto& [name, value] : got.tags()) reported.push_back(std::string(name) + "=" + value);
  });
  hub.emit(exited);
  hub.emit(exited);
  EXPECT_EQ(failures, std::vector<std::string>{"clumsy on dialtone.process.exit: oops"});
  EXPECT_EQ(reported, (std::vector<std::string>{"handler=clumsy", "event=dialtone.process.exit", "error=oops"}));
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_FALSE(hub.detach("clumsy"));
}

TEST_F(telemetry_test, handlers_that_throw_at_the_report_of_a_failure_all_go) {
  for (int number = 0; number < 64; ++number) listen(std::to_string(number), "*", [](const record&) { throw 42; });
  hub.emit(other);
  EXPECT_EQ(failures.size(), 64u);
  EXPECT_EQ(failures.front(), "0 on other.thing: something that is not a std::exception");
  hub.emit(other, must_not_run);
}

TEST_F(telemetry_test, a_handler_may_attach_and_detach) {
  listen("once", "other.thing", [&](const record&) {
    seen.emplace_back("once");
    hub.detach("once");
    EXPECT_TRUE(hub.attach("next", "other.thing", remember()));
  });
  hub.emit(other);
  EXPECT_EQ(seen, std::vector<std::string>{"once"});
  hub.emit(other);
  EXPECT_EQ(seen, (std::vector<std::string>{"once", "other.thing"}));
}

TEST_F(telemetry_test, a_handler_whose_destructor_calls_the_hub_does_not_hang) {
  const auto farewell =
      std::shared_ptr<void>(nullptr, [this](void*) { seen.push_back(hub.detach("b") ? "gone" : "?"); });
  listen("a", "*", [keep = farewell](const record&) {});
  listen("b", "*", [](const record&) {});
  const_cast<std::shared_ptr<void>&>(farewell).reset();
  EXPECT_TRUE(hub.detach("a"));
  EXPECT_EQ(seen, std::vector<std::string>{"gone"});
}

TEST_F(telemetry_test, a_span_emits_start_and_stop_with_its_duration) {
  std::vector<std::int64_t> durations;
  listen("watch", "dialtone.http.request.*", [&](const record& got) {
    seen.emplace_back(std::string(got.event()) + " " + *got.find_tag("path"));
    if (const auto* found = got.find_measurement("duration")) durations.push_back(std::get<std::int64_t>(*found));
  });
  {
    auto span = hub.start(request, [](record& filled) { filled.tag("path", "/a"); });
    now += milliseconds(7);
    auto moved = std::move(span);
    moved.stop([](record& filled) { filled.tag("path", "/b"); });
    moved.stop(must_not_run);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"dialtone.http.request.start /a", "dialtone.http.request.stop /b"}));
  EXPECT_EQ(durations, std::vector<std::int64_t>{7'000'000});
}

TEST_F(telemetry_test, a_span_that_is_not_stopped_says_whether_an_exception_ended_it) {
  listen("watch", "dialtone.http.request.exception", [&](const record& got) {
    EXPECT_EQ(std::get<std::int64_t>(*got.find_measurement("duration")), 3'000'000);
    seen.push_back(*got.find_tag("ended"));
  });
  {
    const auto span = hub.start(request);
    now += milliseconds(3);
  }
  auto fail = [&] {
    const auto span = hub.start(request);
    now += milliseconds(3);
    throw std::runtime_error("the handler of the request failed");
  };
  EXPECT_THROW(fail(), std::runtime_error);
  EXPECT_EQ(seen, (std::vector<std::string>{"abandoned", "exception"}));
}

TEST_F(telemetry_test, a_span_that_began_unheard_stays_silent) {
  auto span = hub.start(request);
  listen("watch", "*", remember());
  span.stop();
  EXPECT_TRUE(seen.empty());
  auto heard = hub.start(request);
  hub.detach("watch");
  heard.stop(must_not_run);
  EXPECT_EQ(seen, std::vector<std::string>{"dialtone.http.request.start"});
}

TEST_F(telemetry_test, two_hubs_know_nothing_of_each_other) {
  telemetry_hub second([] { return time_point{}; });
  listen("watch", "*", remember());
  second.emit(other, must_not_run);
  EXPECT_TRUE(second.attach("watch", "*", [](const record&) {}));
}

TEST(telemetry_threads_test, handlers_come_and_go_while_others_emit) {
  telemetry_hub hub([] { return time_point{}; });
  std::atomic<std::int64_t> steady = 0;
  std::atomic<std::int64_t> brief = 0;
  ASSERT_TRUE(hub.attach("steady", "other.*",
                         [&](const record& got) { steady += std::get<std::int64_t>(got.measurements()[0].value); }));
  constexpr int rounds = 2000;
  std::barrier together(3);
  {
    std::vector<std::jthread> threads;
    for (int number = 0; number < 2; ++number) {
      threads.emplace_back([&] {
        together.arrive_and_wait();
        for (int round = 0; round < rounds; ++round) {
          hub.emit(other, [](record& filled) { filled.measure("one", 1); });
        }
      });
    }
    together.arrive_and_wait();
    for (int round = 0; round < rounds; ++round) {
      EXPECT_TRUE(hub.attach("brief", "*", [&](const record&) { ++brief; }));
      hub.emit(other, [](record& filled) { filled.measure("one", 1); });
      EXPECT_TRUE(hub.detach("brief"));
    }
  }
  EXPECT_EQ(steady, 3 * rounds);
  EXPECT_GE(brief, rounds);
}

TEST(telemetry_threads_test, a_handler_that_fails_on_several_threads_is_reported_once) {
  std::atomic<int> reported = 0;
  telemetry_hub hub([] { return time_point{}; }, [&](const telemetry_hub::failure&) { ++reported; });
  std::barrier inside(3);
  ASSERT_TRUE(hub.attach("clumsy", "other.thing", [&](const record&) {
    inside.arrive_and_wait();  // all three threads are in it before the first one fails
    throw std::runtime_error("oops");
  }));
  {
    std::vector<std::jthread> threads;
    for (int number = 0; number < 3; ++number) threads.emplace_back([&] { hub.emit(other); });
  }
  EXPECT_EQ(reported, 1);
}

}  // namespace
}  // namespace dialtone
