// SPDX-License-Identifier: Apache-2.0
// What can be asked of a supervisor, and every error of it.
#include <dialtone/otp/supervised_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::because;
using testing::member;
using testing::world;
using enum restart_type;

class supervisor_requests : public testing::supervised {
 protected:
  auto start_child(child_spec spec) {
    return rt.call([](supervisor_ref top, child_spec spec) { return top.start_child(std::move(spec)); }, world.top,
                   spec);
  }
  auto terminate_child(std::string id) {
    return rt.call([](supervisor_ref top, std::string id) { return top.terminate_child(id); }, world.top, id);
  }
  auto restart_child(std::string id) {
    return rt.call([](supervisor_ref top, std::string id) { return top.restart_child(id); }, world.top, id);
  }
  auto delete_child(std::string id) {
    return rt.call([](supervisor_ref top, std::string id) { return top.delete_child(id); }, world.top, id);
  }
  auto get_child_spec(std::string id) {
    return rt.call([](supervisor_ref top, std::string id) { return top.get_child_spec(id); }, world.top, id);
  }
};

TEST_F(supervisor_requests, start_child_adds_one_at_the_right_end) {
  start({.strategy = supervisor_strategy::rest_for_one, .children = {member("a")}});
  auto started = start_child(member("b"));
  ASSERT_TRUE(started.has_value());
  EXPECT_EQ(*started, world.running["b"]);
  EXPECT_EQ(states(), "a running, b running");
  end("a", because("crash"));
  EXPECT_EQ(notes(), "stop a, stop b, start a, start b");
}

TEST_F(supervisor_requests, start_child_with_an_id_that_is_there_says_whether_it_runs) {
  start({.children = {member("a"), member("b", transient)}});
  EXPECT_EQ(start_child(member("a")).error(), (child_error{child_error::already_started, world.running["a"]}));
  end("b", exit_reason::normal);
  EXPECT_EQ(start_child(member("b")).error(), child_error::already_present);
}

TEST_F(supervisor_requests, start_child_of_one_that_fails_leaves_nothing) {
  start({.children = {member("a")}});
  world.failing["b"] = 1;
  auto outcome = start_child(member("b"));
  EXPECT_EQ(outcome.error().code(), child_error::start_failed);
  EXPECT_EQ(outcome.error().text(), "failed: custom: planned");
  EXPECT_EQ(states(), "a running");
  EXPECT_TRUE(start_child(member("b")).has_value());
}

TEST_F(supervisor_requests, start_child_of_one_that_is_ignored_keeps_it_unless_it_is_temporary) {
  start({});
  world.ignoring = {{"a", 1}, {"b", 1}};
  EXPECT_EQ(start_child(member("a")), pid{});
  EXPECT_EQ(start_child(member("b", temporary)), pid{});
  EXPECT_EQ(states(), "a stopped");
}

TEST_F(supervisor_requests, start_child_of_one_whose_name_another_process_has_says_who) {
  start({});
  pid owner = rt.spawn({.name = "printer"}, testing::never_reply);
  auto outcome = start_child(child("a", testing::never_reply).spawn({.name = "printer"}));
  EXPECT_EQ(outcome.error().code(), child_error::start_failed);
  EXPECT_EQ(outcome.error().pid(), owner);
  EXPECT_EQ(counts().specs, 0u);
}

TEST_F(supervisor_requests, start_child_refuses_what_is_no_specification) {
  start({.children = {member("a")}});
  EXPECT_EQ(start_child(member("")).error().code(), child_error::bad_spec);
  EXPECT_EQ(start_child(member("b", transient).significant()).error().text(),
            "child 'b' is significant, but its supervisor never shuts down");
  // As in OTP the specification comes before the question whether the id is taken.
  EXPECT_EQ(start_child(member("a").significant()).error().code(), child_error::bad_spec);
  supervisor_spec below{.children = {member("x"), member("x")}};
  EXPECT_EQ(start_child(child("c", below)).error().text(), "below 'c': two children are named 'x'");
}

TEST_F(supervisor_requests, terminate_child_ends_it_and_keeps_its_specification) {
  start({.children = {member("a"), member("b")}});
  notes();
  EXPECT_TRUE(terminate_child("a"));
  EXPECT_EQ(notes(), "stop a");
  EXPECT_EQ(states(), "a stopped, b running");
  EXPECT_TRUE(terminate_child("a"));
  EXPECT_EQ(terminate_child("nobody").error(), child_error::not_found);
}

TEST_F(supervisor_requests, terminate_child_of_a_temporary_one_forgets_it) {
  start({.children = {member("a", temporary)}});
  EXPECT_TRUE(terminate_child("a"));
  EXPECT_EQ(states(), "");
  EXPECT_EQ(terminate_child("a").error(), child_error::not_found);
}

TEST_F(supervisor_requests, restart_child_starts_one_that_does_not_run) {
  start({.children = {member("a"), member("b")}});
  EXPECT_EQ(restart_child("a").error(), child_error::running);
  EXPECT_EQ(restart_child("nobody").error(), child_error::not_found);
  terminate_child("a");
  EXPECT_EQ(restart_child("a"), world.running["a"]);
  EXPECT_EQ(states(), "a running, b running");
}

TEST_F(supervisor_requests, restart_child_that_fails_or_is_ignored_leaves_it_down) {
  start({.children = {member("a")}});
  terminate_child("a");
  world.failing["a"] = 1;
  world.ignoring["a"] = 1;
  EXPECT_EQ(restart_child("a").error().code(), child_error::start_failed);
  EXPECT_EQ(restart_child("a"), pid{});
  EXPECT_EQ(states(), "a stopped");
  EXPECT_TRUE(restart_child("a").has_value());
}

TEST_F(supervisor_requests, restart_child_does_not_count_as_a_restart) {
  start({.intensity = 0, .children = {member("a")}});
  for (int count = 0; count < 10; ++count) {
    terminate_child("a");
    EXPECT_TRUE(restart_child("a").has_value());
  }
  EXPECT_EQ(states(), "a running");
}

TEST_F(supervisor_requests, delete_child_forgets_one_that_does_not_run) {
  start({.children = {member("a"), member("b")}});
  EXPECT_EQ(delete_child("a").error(), child_error::running);
  EXPECT_EQ(delete_child("nobody").error(), child_error::not_found);
  terminate_child("a");
  EXPECT_TRUE(delete_child("a"));
  EXPECT_EQ(states(), "b running");
  EXPECT_EQ(restart_child("a").error(), child_error::not_found);
  EXPECT_TRUE(start_child(member("a")).has_value());
  EXPECT_EQ(states(), "b running, a running");
}

TEST_F(supervisor_requests, which_children_says_who_runs) {
  start({.children = {member("a"), child("below", supervisor_spec{}), member("c", transient)}});
  end("c", exit_reason::normal);
  auto children = rt.call([](supervisor_ref top) { return top.which_children(); }, world.top);
  ASSERT_EQ(children.size(), 3u);
  EXPECT_EQ(children[0].id, "a");
  EXPECT_EQ(children[0].pid, world.running["a"]);
  EXPECT_EQ(children[0].type, child_type::worker);
  EXPECT_EQ(children[1].type, child_type::supervisor);
  EXPECT_EQ(children[2].pid, pid{});
  EXPECT_EQ(counts(), (child_counts{.specs = 3, .active = 2, .supervisors = 1, .workers = 2}));
}

TEST_F(supervisor_requests, get_child_spec_gives_what_was_given) {
  start({.children = {member("a", transient).shutdown(7s)}});
  auto spec = get_child_spec("a");
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ((*spec)->id, "a");
  EXPECT_EQ((*spec)->restart, transient);
  EXPECT_EQ((*spec)->shutdown, duration{7s});
  EXPECT_EQ(get_child_spec("nobody").error(), child_error::not_found);
}

TEST_F(supervisor_requests, stop_ends_all_and_then_the_supervisor) {
  start({.children = {member("a"), member("b")}});
  notes();
  rt.call([](supervisor_ref top) { return top.stop(exit_reason::normal); }, world.top);
  EXPECT_EQ(notes(), "stop b, stop a");
  EXPECT_EQ(world.end, exit_reason::normal);
}

TEST_F(supervisor_requests, to_one_that_has_ended_fail) {
  start({});
  rt->exit(world.top.pid(), exit_reason::kill);
  rt.settle();
  EXPECT_THROW(counts(), exit_exception);
  EXPECT_THROW(start_child(member("a")), exit_exception);
}

TEST_F(supervisor_requests, a_supervisor_has_as_many_children_as_the_limit_says_and_no_more) {
  supervisor_spec spec;
  for (std::size_t count = 0; count < supervisor_children_limit - 1; ++count)
    spec.children.push_back(child(std::to_string(count), testing::never_reply));
  start(spec);
  EXPECT_EQ(counts().active, supervisor_children_limit - 1);
  EXPECT_TRUE(start_child(member("last")).has_value());
  EXPECT_EQ(start_child(member("one more")).error(), child_error::limit_reached);
  terminate_child("last");
  EXPECT_EQ(start_child(member("one more")).error(), child_error::limit_reached);
  delete_child("last");
  EXPECT_TRUE(start_child(member("one more")).has_value());
  end_parent();
}

TEST(child_error, tells_what_it_is) {
  EXPECT_EQ(to_string(child_error{child_error::not_found}), "there is no such child");
  EXPECT_EQ(to_string(child_error{child_error::already_present}), "there is such a child, which does not run");
  EXPECT_EQ(to_string(child_error{child_error::running}), "the child runs");
  EXPECT_EQ(to_string(child_error{child_error::restarting}), "the child is being restarted");
  EXPECT_EQ(to_string(child_error{child_error::limit_reached}), "the supervisor has as many children as it may have");
  EXPECT_EQ(to_string(child_error{child_error::bad_spec, {}, "no id"}), "bad specification: no id");
  EXPECT_EQ(to_string(child_error{child_error::start_failed, {}, "failed: x"}), "failed: x");
}

}  // namespace
}  // namespace dialtone
