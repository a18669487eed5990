// SPDX-License-Identifier: Apache-2.0
// Functions of processes that are called by an ordinary thread: each ends the program with a sentence that tells how a
// process is started.
#include <gtest/gtest.h>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/runtime_events.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

struct misuse {
  const char* name;
  void (*call)();
  friend void PrintTo(const misuse& about, std::ostream* out) { *out << about.name; }
};

const misuse calls[] = {
    {"self", [] { self(); }},
    {"send", [] { send(pid{}, go{}); }},
    {"spawn", [] { spawn(wait_for_go); }},
    {"spawn_with_options", [] { spawn(on(1), wait_for_go); }},
    {"spawn_link", [] { spawn_link(wait_for_go); }},
    {"spawn_monitor", [] { spawn_monitor(wait_for_go); }},
    {"try_spawn", [] { static_cast<void>(try_spawn({}, wait_for_go)); }},
    {"link", [] { link(pid{}); }},
    {"unlink", [] { unlink(pid{}); }},
    {"monitor", [] { static_cast<void>(monitor(pid{})); }},
    {"demonitor", [] { demonitor(reference{}); }},
    {"exit", [] { exit(exit_reason::normal); }},
    {"exit_of_another", [] { exit(pid{}, exit_reason::kill); }},
    {"trap_exit", [] { trap_exit(); }},
    {"is_alive", [] { is_alive(pid{}); }},
    {"now", [] { now(); }},
    {"random", [] { random(); }},
    {"send_after", [] { send_after(1s, pid{}, go{}); }},
    {"cancel_timer", [] { cancel_timer(reference{}); }},
    {"register_name", [] { register_name("nobody"); }},
    {"try_register_name", [] { static_cast<void>(try_register_name("nobody")); }},
    {"unregister_name", [] { unregister_name("nobody"); }},
    {"whereis", [] { whereis("nobody"); }},
    {"registered_names", [] { registered_names(); }},
    {"pending_reply", [] { pending_reply<int>{}; }},
    {"reply", [] { reply(reply_to<int>{}, 1); }},
    {"process_count", [] { process_count(); }},
    {"log", [] { log(log_level::info, "nobody"); }},
    {"attach", [] { static_cast<void>(telemetry::attach("nobody", "*", [](const telemetry::record&) {})); }},
};

struct outside_of_a_process : ::testing::TestWithParam<misuse> {};

TEST_P(outside_of_a_process, ends_the_program_with_a_sentence) {
  EXPECT_DEATH(GetParam().call(), "this function may be called only inside a process: start one with dialtone::run");
}

INSTANTIATE_TEST_SUITE_P(functions, outside_of_a_process, ::testing::ValuesIn(calls),
                         [](const auto& about) { return std::string{about.param.name}; });

}  // namespace
}  // namespace dialtone
