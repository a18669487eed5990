// SPDX-License-Identifier: Apache-2.0
// For tests of supervisors: children that note when they start and stop and do what they are told, and a parent that
// keeps a supervisor. For test files only.
//
//   class starts : public testing::supervised {};
//   TEST_F(starts, ...) {
//     start({.children = {member("a"), member("b")}});
//     EXPECT_EQ(notes(), "start a, start b");
//     end("a", because("planned"));
#pragma once

#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include <dialtone/otp/supervisor.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/testing/doubles.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing {

/// What the members of a test's tree share: all run on the thread of the test.
struct members {
  std::string notes;
  std::map<std::string, int> failing;   ///< starts that are going to fail
  std::map<std::string, int> ignoring;  ///< starts that are going to be ignored
  std::map<std::string, pid> running;
  std::optional<exit_reason> end;  ///< of the supervisor
  std::optional<start_error> error;
  supervisor_ref top;

  void note(const std::string& text) { notes += (notes.empty() ? "" : ", ") + text; }
};
inline members world;

struct noted_life {
  std::string id;
  explicit noted_life(std::string whose) : id{std::move(whose)} {
    world.note("start " + id);
    world.running[id] = self();
  }
  noted_life(const noted_life&) = delete;
  ~noted_life() { world.note("stop " + id); }
};

inline process<> live(start_ticket ticket, std::string id) {
  if (world.failing[id] > 0) {
    --world.failing[id];
    world.note("fail " + id);
    exit(exit_reason::custom_text("planned"));
  }
  if (world.ignoring[id] > 0) {
    --world.ignoring[id];
    ticket.ignore();
    co_return;
  }
  noted_life noted{id};
  ticket.started();
  exit((co_await receive<end_now>()).reason);
}

inline child_spec member(const std::string& id, restart_type restart = restart_type::permanent) {
  return child(id, live, id).restart(restart);
}

inline process<> keep_supervisor(supervisor_spec spec) {
  trap_exit();
  auto started = co_await try_start_link(std::move(spec));
  if (!started) {
    world.error = started.error();
    co_return;
  }
  world.top = *started;
  auto first = co_await receive<end_now, exited>();
  if (auto* told = std::get_if<end_now>(&first)) exit(told->reason);
  world.end = std::get<exited>(first).reason;
}

class supervised : public ::testing::Test {
 protected:
  explicit supervised(stepped_options options = {}) : rt{std::move(options)} { world = {}; }
  ~supervised() override { world.notes.clear(); }

  supervisor_ref start(supervisor_spec spec) {
    parent = rt.spawn(keep_supervisor, std::move(spec));
    rt.settle();
    return world.top;
  }
  /// What has happened since the last time.
  std::string notes() {
    rt.settle();
    return std::exchange(world.notes, {});
  }
  void tell(const std::string& id, exit_reason reason) { rt->send(world.running.at(id), end_now{std::move(reason)}); }
  void end(const std::string& id, exit_reason reason) {
    notes();
    tell(id, std::move(reason));
    rt.settle();
  }
  /// The parent ends, and with it the supervisor.
  void end_parent(exit_reason reason = exit_reason::shutdown) {
    notes();
    rt->send(parent, end_now{std::move(reason)});
    rt.settle();
  }
  bool lives(pid process) { return rt->info(process).has_value(); }
  child_counts counts() {
    return rt.call([](supervisor_ref top) { return top.count_children(); }, world.top);
  }
  /// "a running, b stopped"
  std::string states() {
    std::string text;
    for (const child_info& one : rt.call([](supervisor_ref top) { return top.which_children(); }, world.top))
      text += (text.empty() ? "" : ", ") + one.id + " " + to_string(one.state);
    return text;
  }

  stepped_runtime rt;
  pid parent;
};

}  // namespace dialtone::testing
