// SPDX-License-Identifier: Apache-2.0
// Runs scenarios of tests/interop/supervisor_test.py on a stepped runtime and prints what happened, in the words of
// peers/supervisor_peer.erl: supervisor_scenarios FILE.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <dialtone/otp/supervisor.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/testing/doubles.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;
using testing::end_now;

struct plan {
  std::string what;
  int left = 0;
};

// What the processes of the scenario share: all of them run on the one thread that steps the runtime.
struct {
  std::vector<std::string> log;
  std::map<std::string, plan> plans;
  std::map<std::string, pid> workers;
  pid collector;
  supervisor_ref top;
} scene;

std::string text_of(const exit_reason& reason) {
  std::string text{reason.text()};
  if (!reason.is_shutdown()) return reason.code() == exit_reason::custom ? text : to_string(reason);
  if (text.empty()) return "shutdown";
  const std::string_view failed = "failed to start child '";
  if (!text.starts_with(failed)) return "shutdown " + text;
  return "shutdown failed " + text.substr(failed.size(), text.find('\'', failed.size()) - failed.size());
}

// --- workers ---

struct started {
  std::string id;
  dialtone::pid pid;
  reply_to<void> reply;
};

process<> collect() {
  std::map<std::uint64_t, std::string> alive;
  for (;;) {
    auto arrived = co_await receive<started, down>();
    if (auto* announced = std::get_if<started>(&arrived)) {
      static_cast<void>(monitor(announced->pid));
      alive[announced->pid.value()] = announced->id;
      scene.log.push_back("start " + announced->id);
      scene.workers[announced->id] = announced->pid;
      reply(announced->reply);
    } else {
      auto& ended = std::get<down>(arrived);
      scene.log.push_back("stop " + alive[ended.pid.value()] + " " + text_of(ended.reason));
    }
  }
}

process<> work(start_ticket ticket, std::string id, std::string kind) {
  if (plan& planned = scene.plans[id]; planned.left > 0) {
    --planned.left;
    scene.log.push_back(planned.what + " " + id);
    if (planned.what == "fail") exit(exit_reason::custom_text("planned"));
    ticket.ignore();
    co_return;
  }
  trap_exit(kind != "polite");
  pending_reply<void> collected{scene.collector};
  send(scene.collector, started{id, self(), collected.address()});
  static_cast<void>(co_await collected.within(infinity));
  ticket.started();
  for (;;) {
    auto arrived = co_await receive<end_now, exited>();
    if (auto* told = std::get_if<end_now>(&arrived)) exit(std::move(told->reason));
    auto& signal = std::get<exited>(arrived);
    const bool told_to_shut_down = signal.reason == exit_reason::shutdown;
    if (told_to_shut_down && kind == "naughty") continue;
    exit(told_to_shut_down ? exit_reason{exit_reason::normal} : std::move(signal.reason));
  }
}

// --- specifications ---

using definitions = std::map<std::string, supervisor_spec>;

supervisor_strategy strategy_named(const std::string& name) {
  if (name == "one_for_all") return supervisor_strategy::one_for_all;
  return name == "rest_for_one" ? supervisor_strategy::rest_for_one : supervisor_strategy::one_for_one;
}

auto_shutdown_type auto_shutdown_named(const std::string& name) {
  if (name == "any_significant") return auto_shutdown_type::any_significant;
  return name == "all_significant" ? auto_shutdown_type::all_significant : auto_shutdown_type::never;
}

restart_type restart_named(const std::string& name) {
  if (name == "transient") return restart_type::transient;
  return name == "temporary" ? restart_type::temporary : restart_type::permanent;
}

duration limit_named(const std::string& name) {
  if (name == "infinity") return infinity;
  return name == "brutal_kill" ? brutal_kill : duration{std::chrono::milliseconds{std::stoi(name)}};
}

// Id, restart type, kind, shutdown, whether it is significant.
child_spec spec_of(const std::string* word, const definitions& known) {
  const std::string &id = word[0], &kind = word[2];
  child_spec made = kind == "supervisor" ? child(id, known.at(id)) : child(id, work, id, kind);
  return made.restart(restart_named(word[1])).shutdown(limit_named(word[3])).significant(word[4] == "significant");
}

supervisor_spec flags_of(const words& line) {
  return {.strategy = strategy_named(line[2]),
          .intensity = static_cast<std::size_t>(std::stoi(line[3])),
          .period = 3600s,
          .auto_shutdown = auto_shutdown_named(line[4])};
}

// Those below come before the one that has them as children.
supervisor_spec top_of(const std::vector<words>& lines) {
  definitions known;
  std::string name;
  for (const words& line : lines) {
    if (line[0] == "supervisor")
      known[name = line[1]] = flags_of(line);
    else if (line[0] == "child")
      known[name].children.push_back(spec_of(&line[1], known));
  }
  return known.at("top");
}

// --- the script ---

struct stop_now {};

process<> parent_of(supervisor_spec spec) {
  trap_exit();
  auto top = co_await try_start_link(std::move(spec));
  scene.log.push_back(top ? "= ok" : "= error " + text_of(top.error().reason()));
  if (!top) co_return;
  scene.top = *top;
  auto first = co_await receive<stop_now, exited>();
  if (std::holds_alternative<stop_now>(first)) {
    exit(top->pid(), exit_reason::shutdown);
    first = co_await receive<exited>();
  }
  scene.top = {};
  scene.log.push_back("top ended " + text_of(std::get<exited>(first).reason));
}

task<supervisor_ref> supervisor_named(std::string name) {
  if (name == "top") co_return scene.top;
  for (const child_info& one : co_await scene.top.which_children())
    if (one.id == name && one.type == child_type::supervisor) co_return supervisor_ref{one.pid};
  co_return supervisor_ref{};
}

std::string text_of(const child_error& error) {
  switch (error.code()) {
    case child_error::not_found:
      return "error not_found";
    case child_error::already_present:
      return "error already_present";
    case child_error::already_started:
      return "error already_started";
    case child_error::running:
      return "error running";
    case child_error::restarting:
      return "error restarting";
    case child_error::limit_reached:
      return "error limit_reached";
    case child_error::bad_spec:
      return "error bad_spec";
    case child_error::no_answer:
      return "error no_answer";
    case child_error::start_failed:
      break;
  }
  return "error failed";
}

std::string text_of(const std::expected<pid, child_error>& outcome) {
  if (!outcome) return text_of(outcome.error());
  return *outcome ? "ok" : "ok ignored";
}
std::string text_of(const std::expected<void, child_error>& outcome) {
  return outcome ? "ok" : text_of(outcome.error());
}

task<std::string> request(words line) {
  supervisor_ref whom = co_await supervisor_named(line[1]);
  if (!whom.pid()) co_return "error no supervisor";
  if (line[0] == "start") co_return text_of(co_await whom.start_child(spec_of(&line[2], {})));
  if (line[0] == "terminate") co_return text_of(co_await whom.terminate_child(line[2]));
  if (line[0] == "restart") co_return text_of(co_await whom.restart_child(line[2]));
  if (line[0] == "delete") co_return text_of(co_await whom.delete_child(line[2]));
  child_counts counts = co_await whom.count_children();
  co_return fmt::format("count {} {} {} {}", counts.active, counts.specs, counts.supervisors, counts.workers);
}

task<std::string> end_process(std::string id, std::string how) {
  pid whom = scene.workers.contains(id) ? scene.workers[id] : (co_await supervisor_named(id)).pid();
  if (!whom || !is_alive(whom)) co_return "none";
  if (how == "kill")
    exit(whom, exit_reason::kill);
  else if (how == "normal")
    send(whom, end_now{exit_reason::normal});
  else if (how == "shutdown")
    send(whom, end_now{exit_reason::shutdown});
  else
    send(whom, end_now{how == "shutdown_x" ? exit_reason::shutdown_because("x") : exit_reason::custom_text(how)});
  co_return "ok";
}

task<std::string> act(words line) {
  if (line[0] == "plan") {
    scene.plans[line[1]] = {line[2], std::stoi(line[3])};
    co_return "ok";
  }
  if (line[0] == "exit") co_return co_await end_process(line[1], line[2]);
  try {
    co_return co_await request(std::move(line));
  } catch (const call_failed&) {
    co_return "error ended";
  }
}

task<std::string> states(supervisor_ref whom) {
  std::string text;
  for (const child_info& one : co_await whom.which_children()) {
    if (!text.empty()) text += ", ";
    text += one.id;
    if (one.state != child_state::running)
      text += one.state == child_state::restarting ? " restarting" : " stopped";
    else if (one.type == child_type::worker)
      text += " running";
    else
      text += " (" + co_await states(supervisor_ref{one.pid}) + ")";
  }
  co_return text;
}

void print(testing::stepped_runtime& rt, const std::string& result) {
  for (const std::string& line : std::exchange(scene.log, {})) std::cout << line << '\n';
  std::cout << result << '\n';
  if (scene.top.pid()) std::cout << ": " << rt.call(states, scene.top) << '\n';
}

void play(testing::stepped_runtime& rt, const words& line) {
  std::cout << "> " << fmt::format("{}", fmt::join(line, " ")) << '\n';
  std::string result = rt.call(act, line);
  // Longer than the limit of a child that does not shut down, and no restart is forgotten.
  rt.advance(1s);
  print(rt, "= " + result);
}

void run(const std::vector<words>& lines) {
  scene = {};
  testing::stepped_runtime rt;
  scene.collector = rt.spawn(collect);
  auto line = lines.begin();
  for (; line != lines.end() && (line->front() == "supervisor" || line->front() == "child"); ++line) continue;
  const supervisor_spec spec = top_of({lines.begin(), line});
  for (; line != lines.end() && line->front() == "plan"; ++line) rt.call(act, *line);
  std::cout << "> run\n";
  pid parent = rt.spawn(parent_of, spec);
  rt.advance(1s);
  std::string result = "= none";
  std::erase_if(scene.log, [&](const std::string& one) { return one.starts_with("= ") && !(result = one).empty(); });
  print(rt, result);
  for (; line != lines.end() && scene.top.pid(); ++line) play(rt, *line);
  if (!scene.top.pid()) return;
  std::cout << "> stop\n";
  rt->send(parent, stop_now{});
  rt.advance(1s);
  print(rt, "= ok");
}

int run_file(const char* name) {
  std::ifstream file{name};
  std::vector<words> lines;
  for (std::string text; std::getline(file, text);) {
    std::istringstream split{text};
    words line{std::istream_iterator<std::string>{split}, {}};
    if (line.empty()) continue;
    if (line[0] == "scenario") {
      std::cout << text << '\n';
    } else if (line[0] == "end") {
      run(std::exchange(lines, {}));
    } else {
      lines.push_back(std::move(line));
    }
  }
  return 0;
}

}  // namespace
}  // namespace dialtone

int main(int argc, char** argv) {
  if (argc == 2) return dialtone::run_file(argv[1]);
  std::fprintf(stderr, "usage: supervisor_scenarios FILE\n");
  return 1;
}
