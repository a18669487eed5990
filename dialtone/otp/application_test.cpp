// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/application.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

// What happened, in order, told to the process that has this name.
struct note {
  std::string what;
};
void tell(std::string what) {
  if (auto diary = whereis("diary")) send(*diary, note{std::move(what)});
}

class part : public gen_server<part> {
 public:
  struct fall {
    exit_reason reason;
  };
  explicit part(std::string name) : name_{std::move(name)} {
    trap_exit();
    tell("start " + name_);
  }
  void handle_cast(fall request) { stop(request.reason); }
  void terminate(exit_reason reason) { tell("stop " + name_ + " " + to_string(reason)); }

 private:
  std::string name_;
};

process<> broken(start_ticket ticket) {
  exit(exit_reason::custom_text("no disk"));
  co_return;
}

supervisor_spec tree_of_part(const environment& settings) {
  auto name = settings.get<std::string>("name");
  return {.intensity = 0,
          .children = {child<part>(name, name).restart(restart_type::transient).spawn({.name = name}),
                       child<part>("second " + name, "second " + name)}};
}
supervisor_spec broken_tree(const environment&) { return {.children = {child("broken", broken)}}; }

application base() { return {.name = "base", .start = tree_of_part, .settings = {{"name", "floor"}}}; }
application house() {
  return {.name = "house", .start = tree_of_part, .settings = {{"name", "roof"}}, .needs = {base()}};
}

// The next notes, as many as are told of, or as come.
task<std::vector<std::string>> notes(std::size_t count) {
  std::vector<std::string> found;
  while (found.size() < count) {
    auto next = co_await receive<note>(after(1s));
    if (!next) break;
    found.push_back(next->what);
  }
  co_return found;
}

task<exit_reason> end_of(reference watch) {
  co_return (co_await receive<down>([watch](const down& signal) { return signal.reference == watch; })).reason;
}

using strings = std::vector<std::string>;

class applications : public ::testing::Test {
 protected:
  void run(process<> (*scenario)()) { EXPECT_EQ(rt.run({.name = "diary"}, scenario), exit_reason::normal); }
  testing::stepped_runtime rt;
};

TEST_F(applications, are_started_after_what_they_need_and_stopped_before_it) {
  run([]() -> process<> {
    auto [program, watch] = spawn_monitor(run_application, house(), std::vector<configured>{});
    EXPECT_EQ(co_await notes(4), (strings{"start floor", "start second floor", "start roof", "start second roof"}));
    exit(program, exit_reason::shutdown);
    EXPECT_EQ(co_await notes(4), (strings{"stop second roof shutdown", "stop roof shutdown",
                                          "stop second floor shutdown", "stop floor shutdown"}));
    EXPECT_EQ(co_await end_of(watch), exit_reason::shutdown);
    EXPECT_EQ(process_count(), 1u);
  });
}

TEST_F(applications, that_are_needed_twice_are_started_once) {
  run([]() -> process<> {
    application top{.name = "top", .start = tree_of_part, .settings = {{"name", "top"}}, .needs = {base(), house()}};
    auto [program, watch] = spawn_monitor(run_application, top, std::vector<configured>{});
    EXPECT_EQ(co_await notes(6), (strings{"start floor", "start second floor", "start roof", "start second roof",
                                          "start top", "start second top"}));
    auto known = co_await which_applications();
    EXPECT_EQ(known.size(), 3u);
    if (known.size() == 3) EXPECT_EQ(known[1].name, "house");
    exit(program, exit_reason::shutdown);
    EXPECT_EQ(co_await end_of(watch), exit_reason::shutdown);
  });
}

TEST_F(applications, get_their_configuration) {
  run([]() -> process<> {
    std::vector<configured> with{parse_configured("house.name=attic")};
    auto [program, watch] = spawn_monitor(run_application, house(), with);
    EXPECT_EQ(co_await notes(4), (strings{"start floor", "start second floor", "start attic", "start second attic"}));
    auto known = co_await which_applications();
    EXPECT_EQ(known.back().settings.get<std::string>("name"), "attic");
    EXPECT_EQ(co_await known.back().tree.sketch(), sketch(tree_of_part(known.back().settings)));
    exit(program, exit_reason::shutdown);
    co_await end_of(watch);
  });
}

TEST_F(applications, refuse_a_configuration_that_fits_nothing) {
  run([]() -> process<> {
    for (const char* wrong : {"hose.name=attic", "house.nme=attic"}) {
      std::vector<configured> with{parse_configured(wrong)};
      auto [program, watch] = spawn_monitor(run_application, house(), with);
      const exit_reason reason = co_await end_of(watch);
      EXPECT_EQ(reason.code(), exit_reason::custom);
      EXPECT_TRUE(reason.text().starts_with("configuration of 'ho")) << reason.text();
    }
    EXPECT_TRUE((co_await notes(1)).empty());
  });
}

TEST_F(applications, whose_start_fails_stop_what_was_started_before) {
  run([]() -> process<> {
    application top{.name = "top", .start = broken_tree, .needs = {base()}};
    auto [program, watch] = spawn_monitor(run_application, top, std::vector<configured>{});
    EXPECT_EQ(co_await notes(4),
              (strings{"start floor", "start second floor", "stop second floor shutdown", "stop floor shutdown"}));
    const exit_reason reason = co_await end_of(watch);
    EXPECT_TRUE(reason.text().contains("application 'top' did not start")) << reason.text();
    EXPECT_TRUE(reason.text().contains("no disk")) << reason.text();
    EXPECT_EQ(process_count(), 1u);
  });
}

task<> first_phase(environment settings) {
  tell("first phase of " + settings.get<std::string>("name"));
  co_return;
}
task<> second_phase(environment settings) {
  tell("second phase of " + settings.get<std::string>("name"));
  co_return;
}
task<> failing_phase(environment) {
  throw std::runtime_error{"port taken"};
  co_return;
}

TEST_F(applications, run_their_phases_when_all_are_up) {
  run([]() -> process<> {
    application top = house();
    top.needs.front().phases = {{"one", first_phase}, {"two", second_phase}};
    top.phases = {{"one", first_phase}};
    auto [program, watch] = spawn_monitor(run_application, top, std::vector<configured>{});
    EXPECT_EQ(co_await notes(7), (strings{"start floor", "start second floor", "start roof", "start second roof",
                                          "first phase of floor", "second phase of floor", "first phase of roof"}));
    exit(program, exit_reason::shutdown);
    co_await end_of(watch);
  });
}

TEST_F(applications, whose_phase_fails_are_stopped_in_order) {
  run([]() -> process<> {
    application top = house();
    top.phases = {{"one", failing_phase}};
    auto [program, watch] = spawn_monitor(run_application, top, std::vector<configured>{});
    EXPECT_EQ((co_await notes(8)).back(), "stop floor shutdown");
    const exit_reason reason = co_await end_of(watch);
    EXPECT_EQ(reason.text(), "port taken");
    EXPECT_EQ(process_count(), 1u);
  });
}

task<> good_bye(environment settings) {
  tell("good-bye from " + settings.get<std::string>("name"));
  throw std::runtime_error{"nobody listens"};
  co_return;
}
task<> gone(environment settings) {
  tell("gone: " + settings.get<std::string>("name"));
  co_return;
}

TEST_F(applications, say_good_bye_before_and_after_their_tree_ends) {
  run([]() -> process<> {
    application top = base();
    top.prepare_stop = good_bye;
    top.stopped = gone;
    auto [program, watch] = spawn_monitor(run_application, top, std::vector<configured>{});
    co_await notes(2);
    exit(program, exit_reason::shutdown);
    EXPECT_EQ(co_await notes(4),
              (strings{"good-bye from floor", "stop second floor shutdown", "stop floor shutdown", "gone: floor"}));
    co_await end_of(watch);
  });
}

process<> end_one_tree(application_type type, bool crash, bool ends_program) {
  application top = house();
  top.needs.front().type = type;
  auto [program, watch] = spawn_monitor(run_application, top, std::vector<configured>{});
  co_await notes(4);
  auto known = co_await which_applications();
  const reference of_tree = monitor(known.front().tree.pid());
  // A tree ends by itself when its supervisor gives up, or is stopped from elsewhere.
  if (crash)
    named<part>{"floor"}.cast(part::fall{exit_reason::custom_text("crash")});
  else
    co_await known.front().tree.stop(exit_reason::normal);
  if (ends_program) {
    const exit_reason reason = co_await end_of(watch);
    EXPECT_TRUE(reason.text().contains("application 'base' has ended")) << to_string(reason);
    EXPECT_EQ(process_count(), 1u);
    co_return;
  }
  co_await end_of(of_tree);
  EXPECT_FALSE((co_await which_applications()).front().tree.pid());
  EXPECT_TRUE((co_await which_applications()).back().tree.pid());
  exit(program, exit_reason::shutdown);
  EXPECT_EQ(co_await end_of(watch), exit_reason::shutdown);
}

TEST_F(applications, end_the_program_as_their_type_says) {
  const std::vector<std::tuple<application_type, bool, bool>> rows{
      {application_type::permanent, true, true},  {application_type::permanent, false, true},
      {application_type::transient, true, true},  {application_type::transient, false, false},
      {application_type::temporary, true, false}, {application_type::temporary, false, false}};
  for (const auto& [type, crash, ends] : rows) {
    testing::stepped_runtime fresh;
    EXPECT_EQ(fresh.run({.name = "diary"}, end_one_tree, type, crash, ends), exit_reason::normal) << int(type) << crash;
  }
}

TEST(application, without_a_name_or_a_start_is_refused) {
  testing::stepped_runtime rt;
  for (const application& wrong : {application{.name = "x"}, application{.name = "", .start = broken_tree}})
    EXPECT_EQ(rt.run(run_application, wrong, std::vector<configured>{}),
              exit_reason::custom_text("an application needs a name and a start function"));
}

supervisor_spec nothing(const environment&) { return {}; }

application chain(std::size_t length) {
  application made{.name = "0", .start = nothing};
  for (std::size_t number = 1; number < length; ++number) {
    application next{.name = std::to_string(number), .start = nothing};
    made.needs.push_back(std::move(next));
  }
  return made;
}

process<> run_and_stop(application program) {
  auto [running, watch] = spawn_monitor(run_application, program, std::vector<configured>{});
  while (!whereis("application_controller")) co_await yield();
  EXPECT_EQ((co_await which_applications()).size(), application_limit);
  exit(running, exit_reason::shutdown);
  co_await end_of(watch);
}

TEST(application, has_at_most_as_many_beside_it_as_the_limit_says) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run(run_and_stop, chain(application_limit)), exit_reason::normal);
  EXPECT_EQ(rt.run(run_application, chain(application_limit + 1), std::vector<configured>{}),
            exit_reason::custom_text("a program has at most 1000 applications"));
}

TEST(application, settings_are_written_with_a_dot_and_an_equals_sign) {
  const configured read = parse_configured("chat.motd=a=b.c");
  EXPECT_EQ(read.application, "chat");
  EXPECT_EQ(read.key, "motd");
  EXPECT_EQ(read.text, "a=b.c");
  EXPECT_EQ(parse_configured("chat.motd=").text, "");
  for (const char* wrong : {"", "chat", "chat.port", "port=1", ".port=1", "chat.=1", "=a.b"})
    EXPECT_THROW(parse_configured(wrong), environment_error) << wrong;
}

}  // namespace
}  // namespace dialtone
