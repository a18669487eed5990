// SPDX-License-Identifier: Apache-2.0
// Telemetry handlers that call the runtime from within the birth and the death of a process.
#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/telemetry.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

int strays;

process<> look_for_strays(pid parent) {
  if (co_await receive<int>(after(0s))) ++strays;
  send(parent, go{});
}

// Starts and ends processes, alone and in company, while the handler is attached.
process<> live_and_die() {
  for (int i = 0; i < 20; ++i) {
    auto watched = spawn_monitor(look_for_strays, self());
    (void)co_await receive<go>(after(1s));
    if (co_await end_of(watched.reference) != exit_reason::normal) ++strays;
    spawn(look_for_strays, self());
    (void)co_await receive<go>(after(1s));
    co_await yield();
  }
}

void live_with(const char* event, void (*handle)(const telemetry::record&)) {
  stepped_runtime rt{{.runtime = {.level = log_level::off}}};
  EXPECT_TRUE(rt->telemetry().attach("hostile", event, handle).has_value());
  rt.run(live_and_die);
  rt->telemetry().detach("hostile");
  rt.settle();
  EXPECT_EQ(rt.run(live_and_die), exit_reason::normal);
  EXPECT_EQ(strays, 0) << "messages or exits came to processes that they were not for";
  rt.advance(1min);
  EXPECT_EQ(rt->next_deadline(), never);
  EXPECT_EQ(rt->processes().size(), 1u) << "the question itself";
}

// Of roots there is no process whose turn it is.
bool in_process() { return detail::this_core->in_process(); }

TEST(handlers_of_the_exit_event, may_send_to_who_dies) {
  live_with("dialtone.process.exit", [](const telemetry::record&) { send(self(), 1); });
}
TEST(handlers_of_the_exit_event, may_set_timers_for_who_dies) {
  live_with("dialtone.process.exit", [](const telemetry::record&) { send_after(1h, self(), 1); });
}
pid pid_of(const telemetry::record& record) {
  const std::string* text = record.find_tag("pid");
  for (pid each : {self()})
    if (to_string(each) == *text) return each;
  return {};
}
TEST(handlers_of_the_start_event, run_in_the_name_of_the_parent) {
  static int wrong;
  wrong = 0;
  live_with("dialtone.process.start", [](const telemetry::record& record) {
    if (in_process() && pid_of(record)) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

struct nameless : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

TEST(exceptions_without_a_text, end_a_process_and_no_more) {
  stepped_runtime rt{{.runtime = {.level = log_level::off}}};
  exit_reason reason = rt.run([]() -> process<> {
    throw nameless{};
    co_return;
  });
  EXPECT_EQ(reason.code(), exit_reason::exception);
  EXPECT_EQ(reason.text(), "");
}

TEST(exceptions_without_a_text, detach_a_handler) {
  live_with("dialtone.process.exit", [](const telemetry::record&) { throw nameless{}; });
}

}  // namespace
}  // namespace dialtone
