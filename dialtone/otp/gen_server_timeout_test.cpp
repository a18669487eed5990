// SPDX-License-Identifier: Apache-2.0
// What a server tells itself to do: continue_with and timeout_after.
#include <dialtone/otp/gen_server.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

struct step {
  std::string name;
};

class diary : public gen_server<diary> {
 public:
  struct note {
    std::string text;
  };
  struct note_slowly {
    std::string text;
  };
  struct go_on {
    std::vector<std::string> steps;
  };
  struct wait_for {
    duration limit;
  };
  struct go_on_and_wait_for {
    duration limit;
  };
  struct read {
    using reply = std::string;
  };

  diary() = default;
  explicit diary(std::string first) { continue_with(step{std::move(first)}); }
  void handle_cast(note request) { text_ += request.text; }
  task<> handle_cast(note_slowly request) {
    continue_with(step{"<"});
    co_await sleep_for(10ms);
    continue_with(step{">"});
    text_ += request.text;
  }
  void handle_cast(go_on request) {
    for (std::string& name : request.steps) continue_with(step{std::move(name)});
  }
  void handle_cast(wait_for request) { timeout_after(request.limit); }
  void handle_cast(go_on_and_wait_for request) {
    timeout_after(request.limit);
    continue_with(step{"c"});
  }
  std::string handle_call(read) { return text_; }
  task<> handle_continue(step next) {
    co_await yield();
    text_ += next.name;
    if (next.name == "again") continue_with(step{"!"});
  }
  void handle_timeout() {
    text_ += "timeout";
    if (text_ == "timeout") timeout_after(10ms);
  }

 private:
  std::string text_;
};

void run(process<> (*scenario)()) {
  for (std::uint64_t seed : {0u, 1u, 2u, 3u}) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.seed = seed, .shuffle = seed != 0}};
    EXPECT_EQ(rt.run(scenario), exit_reason::normal);
  }
}

TEST(continue_with, goes_before_what_is_in_the_mailbox) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::go_on{{"a", "again", "b"}});
    book.cast(diary::note{"c"});
    EXPECT_EQ(co_await book.call(diary::read{}), "aagainb!c");
  });
}

TEST(continue_with, waits_for_the_end_of_the_handler) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::note_slowly{"-"});
    book.cast(diary::note{"c"});
    EXPECT_EQ(co_await book.call(diary::read{}), "-<>c");
  });
}

TEST(continue_with, of_a_constructor_goes_before_every_request) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>("first ");
    EXPECT_EQ(co_await book.call(diary::read{}), "first ");
  });
}

TEST(timeout_after, comes_when_no_message_has_come) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::wait_for{50ms});
    co_await sleep_for(100ms);
    EXPECT_EQ(co_await book.call(diary::read{}), "timeouttimeout") << "the second limit is the first timeout's";
  });
}

TEST(timeout_after, is_for_the_next_message_only) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::note{"x"});
    book.cast(diary::wait_for{50ms});
    co_await sleep_for(49ms);
    book.cast(diary::note{"a"});
    co_await sleep_for(1h);
    EXPECT_EQ(co_await book.call(diary::read{}), "xa");
  });
}

TEST(timeout_after, is_ended_by_a_message_that_nobody_handles) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::wait_for{50ms});
    send(book.pid(), go{});
    co_await sleep_for(1h);
    EXPECT_EQ(co_await book.call(diary::read{}), "");
  });
}

TEST(timeout_after, of_zero_comes_at_once_unless_a_message_is_there) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::note{"x"});
    book.cast(diary::wait_for{0s});
    book.cast(diary::note{"a"});
    book.cast(diary::wait_for{0s});
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await book.call(diary::read{}), "xatimeout");
  });
}

TEST(timeout_after, stays_when_the_server_goes_on_by_itself) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::go_on_and_wait_for{50ms});
    co_await sleep_for(100ms);
    EXPECT_EQ(co_await book.call(diary::read{}), "ctimeout");
  });
}

TEST(timeout_after, rests_while_the_server_is_suspended) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::note{"x"});
    book.cast(diary::wait_for{50ms});
    co_await sys::suspend(book.pid());
    co_await sleep_for(1h);
    co_await sys::resume(book.pid());
    co_await sleep_for(60ms);
    EXPECT_EQ(co_await book.call(diary::read{}), "xtimeout");
  });
}

TEST(timeout_after, without_a_limit_never_comes) {
  run([]() -> process<> {
    auto book = co_await start_link<diary>();
    book.cast(diary::wait_for{duration::max()});
    co_await sleep_for(24h);
    EXPECT_EQ(co_await book.call(diary::read{}), "");
  });
}

// Sets its limit where it is told to.
class sleeper : public gen_server<sleeper> {
 public:
  enum class place { constructor, init, call, info, next };
  struct ask {
    using reply = int;
  };
  struct read {
    using reply = int;
  };
  using infos = messages<go>;
  explicit sleeper(place where) : where_{where} { set_at(place::constructor); }
  void init() {
    set_at(place::init);
    if (where_ == place::next) continue_with(0);
  }
  void handle_continue(int) { set_at(place::next); }
  int handle_call(ask) {
    set_at(place::call);
    return 1;
  }
  int handle_call(read) { return timeouts_; }
  void handle_info(go) { set_at(place::info); }
  void handle_timeout() { ++timeouts_; }

 private:
  void set_at(place here) {
    if (here == where_) timeout_after(50ms);
  }
  place where_;
  int timeouts_ = 0;
};

TEST(timeout_after, may_be_said_by_the_constructor_and_by_every_handler) {
  run([]() -> process<> {
    using enum sleeper::place;
    for (sleeper::place where : {constructor, init, call, info, next}) {
      auto asleep = co_await start_link<sleeper>(where);
      if (where == call) EXPECT_EQ(co_await asleep.call(sleeper::ask{}), 1);
      if (where == info) send(asleep.pid(), go{});
      co_await sleep_for(100ms);
      EXPECT_EQ(co_await asleep.call(sleeper::read{}), 1) << static_cast<int>(where);
      co_await asleep.stop();
    }
  });
}

}  // namespace
}  // namespace dialtone
