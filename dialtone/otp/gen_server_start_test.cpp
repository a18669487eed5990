// SPDX-License-Identifier: Apache-2.0
// How a server comes up, or not.
#include <dialtone/otp/gen_server.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

enum class way : std::uint8_t { up, late, ignore, fail, leave, stop, hang };

struct where_are_you {
  using reply = std::uint32_t;
};

class starter_test_server : public gen_server<starter_test_server> {
 public:
  explicit starter_test_server(way start) : way_{start} {}
  task<init_result> init() {
    switch (way_) {
      case way::up:
        break;
      case way::late:
        co_await sleep_for(10ms);
        break;
      case way::ignore:
        co_await sleep_for(1ms);
        co_return init_result::ignore;
      case way::fail:
        co_await sleep_for(1ms);
        throw std::runtime_error{"no paper"};
      case way::leave:
        exit(because("closed"));
      case way::stop:
        stop(because("stopped"));
        break;
      case way::hang:
        co_await receive<go>();
    }
    co_return init_result::ok;
  }
  void terminate(exit_reason) { EXPECT_TRUE(way_ == way::up || way_ == way::late) << "it never was up"; }
  std::uint32_t handle_call(where_are_you) { return self().scheduler(); }

 private:
  way way_;
};
using tested = starter_test_server;

class gen_server_start : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, gen_server_start, beside_and_elsewhere, name_of_place);

TEST_P(gen_server_start, waits_for_init_and_places_the_server) {
  run([](std::uint32_t where) -> process<> {
    time_point before = now();
    auto up = co_await start_link<tested>(on(where), way::late);
    EXPECT_GE(now() - before, 10ms);
    EXPECT_EQ(co_await up.call(where_are_you{}), where);
    EXPECT_EQ((co_await sys::get_status(up.pid())).parent, self());
    EXPECT_EQ(co_await links_of(self()), 1u);
    co_await up.stop();
    up = co_await start<tested>(on(where), way::up);
    EXPECT_EQ((co_await sys::get_status(up.pid())).parent, pid{});
    EXPECT_EQ(co_await links_of(self()), 0u);
    co_await up.stop();
  });
}

TEST_P(gen_server_start, tells_why_there_is_no_server) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    struct expectation {
      way start;
      start_error error;
    };
    for (const auto& [start, error] : std::vector<expectation>{
             {way::ignore, start_error::ignore()},
             {way::fail, start_error::because(exit_reason::of_exception("std::runtime_error", "no paper", {}))},
             {way::leave, start_error::because(because("closed"))},
             {way::stop, start_error::because(because("stopped"))}}) {
      spawn_options named{.name = "tried", .scheduler = placement::on(where)};
      EXPECT_EQ((co_await try_start<tested>(named, start)).error(), error);
      EXPECT_EQ(whereis("tried"), std::nullopt);
      EXPECT_EQ((co_await try_start_link<tested>(named, start)).error(), error);
      EXPECT_EQ(whereis("tried"), std::nullopt);
      EXPECT_EQ((co_await try_start_monitor<tested>(named, start)).error(), error);
      EXPECT_EQ(whereis("tried"), std::nullopt);
    }
    co_await sleep_for(1s);
    auto about = co_await info_of(self());
    EXPECT_EQ(about->mailbox_length, 0u) << "neither exited nor down";
    EXPECT_EQ(about->links, 0u);
    EXPECT_EQ(about->monitors, 0u);
  });
}

TEST_P(gen_server_start, throws_what_nobody_has_asked_to_get_as_a_value) {
  run([](std::uint32_t where) -> process<> {
    start_error thrown = start_error::ignore();
    try {
      co_await start_link<tested>(on(where), way::leave);
    } catch (const start_failed& failure) {
      thrown = failure.error();
      EXPECT_STREQ(failure.what(), "custom: closed");
    }
    EXPECT_EQ(thrown, start_error::because(because("closed")));
    auto monitor_fails = spawn_monitor(
        [](std::uint32_t there) -> process<> { co_await start_monitor<tested>(on(there), way::leave); }, where);
    EXPECT_EQ(co_await end_of(monitor_fails.reference), because("closed"));
  });
}

TEST_P(gen_server_start, under_a_name_that_is_taken_is_already_started) {
  run([](std::uint32_t where) -> process<> {
    spawn_options named{.name = "the one", .scheduler = placement::on(where)};
    auto first = co_await start<tested>(named, way::up);
    EXPECT_EQ((co_await try_start_link<tested>(named, way::up)).error(), start_error::already(first.pid()));
    EXPECT_EQ((co_await try_start_link<tested>(named, way::fail)).error(), start_error::already(first.pid()));
    co_await first.stop();
    auto second = co_await start<tested>(named, way::up);
    EXPECT_NE(first, second);
    co_await second.stop();
  });
}

TEST_P(gen_server_start, with_a_name_that_is_none_fails) {
  run([](std::uint32_t where) -> process<> {
    spawn_options longest{.name = std::string(255, 'x'), .scheduler = placement::on(where)};
    co_await (co_await start<tested>(longest, way::up)).stop();
    spawn_options longer{.name = std::string(256, 'x'), .scheduler = placement::on(where)};
    auto refused = co_await try_start<tested>(longer, way::up);
    EXPECT_EQ(refused.error().code(), start_error::failed);
    EXPECT_TRUE(refused.error().reason().text().starts_with("name 'xxx")) << refused.error().reason().text();
  });
}

TEST_P(gen_server_start, a_monitor_tells_of_the_end) {
  run([](std::uint32_t where) -> process<> {
    auto [up, reference] = co_await start_monitor<tested>(on(where), way::up);
    EXPECT_EQ(co_await links_of(self()), 0u);
    exit(up.pid(), because("enough"));
    EXPECT_EQ(co_await end_of(reference), because("enough"));
    auto tried = co_await try_start_monitor<tested>(on(where), way::up);
    co_await tried->server.stop();
    EXPECT_EQ(co_await end_of(tried->reference), exit_reason::normal);
  });
}

TEST_P(gen_server_start, a_deadline_ends_what_is_not_up) {
  run([](std::uint32_t where) -> process<> {
    spawn_options named{.name = "slow", .scheduler = placement::on(where)};
    EXPECT_FALSE(co_await with_deadline(50ms, start_link<tested>(named, way::hang)));
    co_await sleep_for(1ms);
    EXPECT_EQ(whereis("slow"), std::nullopt);
    EXPECT_EQ(co_await links_of(self()), 0u);
  });
}

TEST_P(gen_server_start, the_end_of_the_starter_ends_what_is_not_up) {
  run([](std::uint32_t where) -> process<> {
    pid starter = spawn(
        [](std::uint32_t there) -> process<> {
          co_await start_link<tested>({.name = "slow", .scheduler = placement::on(there), .trap_exit = true},
                                      way::hang);
        },
        where);
    co_await sleep_for(1ms);
    reference watched = monitor(*whereis("slow"));
    exit(starter, because("impatient"));
    EXPECT_EQ(co_await end_of(watched), exit_reason::killed);
  });
}

TEST(gen_server_start_limit, past_the_limit_of_processes_is_a_system_limit) {
  stepped_runtime rt{{.runtime = {.process_limit = 3}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto first = co_await start<tested>(way::up);
    auto second = co_await start<tested>(way::up);
    EXPECT_EQ((co_await try_start<tested>(way::up)).error(), start_error::because(exit_reason::system_limit));
    co_await first.stop();
    auto third = co_await start<tested>(way::up);
    co_await second.stop();
    co_await third.stop();
  }),
            exit_reason::normal);
}

// --- constructors and plain init functions ---

class talker : public gen_server<talker> {
 public:
  struct text {
    using reply = std::string;
  };
  talker(std::string words, std::unique_ptr<int> times) : words_{std::move(words)}, times_{*times} {
    if (times_ < 0) throw std::invalid_argument{"less than nothing"};
  }
  init_result init() const { return times_ == 0 ? init_result::ignore : init_result::ok; }
  std::string handle_call(text) {
    std::string all;
    for (int i = 0; i < times_; ++i) all += words_;
    return all;
  }

 private:
  std::string words_;
  int times_;
};

TEST_P(gen_server_start, hands_its_arguments_to_the_constructor) {
  run([](std::uint32_t where) -> process<> {
    auto up = co_await start<talker>(on(where), "ho", std::make_unique<int>(3));
    EXPECT_EQ(co_await up.call(talker::text{}), "hohoho");
    co_await up.stop();
    EXPECT_EQ((co_await try_start<talker>(on(where), "ho", std::make_unique<int>(0))).error(), start_error::ignore());
    EXPECT_EQ((co_await try_start<talker>(on(where), "ho", std::make_unique<int>(-1))).error().reason(),
              exit_reason::of_exception("std::invalid_argument", "less than nothing", {}));
  });
}

class waits_to_begin : public gen_server<waits_to_begin> {
 public:
  struct begun {
    using reply = bool;
  };
  task<> init() {
    co_await sleep_for(1ms);
    begun_ = true;
  }
  bool handle_call(begun) { return begun_; }

 private:
  bool begun_ = false;
};
class begins : public gen_server<begins> {
 public:
  struct begun {
    using reply = bool;
  };
  void init() { begun_ = true; }
  bool handle_call(begun) { return begun_; }

 private:
  bool begun_ = false;
};

TEST(gen_server_start_init, may_have_no_result) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto waiting = co_await start_link<waits_to_begin>();
    EXPECT_TRUE(co_await waiting.call(waits_to_begin::begun{}));
    auto plain = co_await start_link<begins>();
    EXPECT_TRUE(co_await plain.call(begins::begun{}));
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
