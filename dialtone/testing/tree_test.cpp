// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/tree.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/links.hpp>
#include <dialtone/testing/doubles.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

supervisor_spec below() {
  return {.strategy = supervisor_strategy::one_for_all,
          .children = {child("one", testing::crash_when_told),
                       child("two", testing::crash_when_told).restart(restart_type::transient)}};
}

supervisor_spec tree() {
  return {.children = {child("first", testing::never_reply), child("below", below()),
                       child("last", testing::crash_when_told).restart(restart_type::temporary)}};
}

pid child_of(testing::stepped_runtime& rt, supervisor_ref top, std::size_t index) {
  return rt.call([](supervisor_ref top) { return top.which_children(); }, top).at(index).pid;
}

TEST(tree, that_runs_as_specified_has_no_difference) {
  testing::stepped_runtime rt;
  supervisor_ref top = testing::start_tree(rt, tree());
  EXPECT_EQ(testing::tree_difference(rt, top, tree()), "");
  EXPECT_EQ(testing::tree_difference(*rt, top, tree()), "");
  EXPECT_EQ(rt.call(testing::processes_down, top), std::vector<std::string>{});
}

TEST(tree, that_lacks_a_child_shows_both_sketches) {
  testing::stepped_runtime rt;
  supervisor_ref top = testing::start_tree(rt, tree());
  rt->send(child_of(rt, top, 2), testing::end_now{});
  std::string text = testing::tree_difference(rt, top, tree());
  auto specified = text.find("specified:\n" + sketch(tree()));
  EXPECT_EQ(text.find("running:\nsupervisor one_for_one"), 0u);
  EXPECT_NE(specified, std::string::npos);
  EXPECT_GT(text.find("last: worker, temporary"), specified);
}

TEST(tree, that_differs_below_is_different) {
  supervisor_spec other = tree();
  other.children[1] = child("below", supervisor_spec{.children = below().children});
  EXPECT_NE(testing::tree_difference(tree_of(other), tree_of(tree())), "");
}

TEST(tree, a_child_that_does_not_run_is_down_though_the_tree_is_the_same) {
  testing::stepped_runtime rt;
  supervisor_ref top = testing::start_tree(rt, tree());
  pid under = child_of(rt, top, 1);
  rt->send(child_of(rt, supervisor_ref{under}, 1), testing::end_now{});
  EXPECT_EQ(testing::tree_difference(rt, top, tree()), "");
  EXPECT_EQ(rt.call(testing::processes_down, top), std::vector<std::string>{"top/below/two"});
}

process<> part_from(pid supervisor) {
  unlink(supervisor);
  co_return;
}

TEST(tree, a_child_that_has_died_unseen_is_down) {
  testing::stepped_runtime rt;
  supervisor_ref top = testing::start_tree(rt, {});
  rt.call([](supervisor_ref top) { return top.start_child(child("gone", part_from, top.pid())); }, top);
  rt.settle();
  EXPECT_EQ(rt.call(testing::processes_down, top), std::vector<std::string>{"top/gone"});
}

TEST(started_tree, runs_until_it_is_stopped) {
  testing::stepped_runtime rt;
  supervisor_ref top = testing::start_tree(rt, tree());
  rt.advance(1h);
  EXPECT_TRUE(rt->info(top.pid()).has_value());
  rt.call([](supervisor_ref top) { return top.stop(); }, top);
  rt.settle();
  EXPECT_FALSE(rt->info(top.pid()).has_value());
  EXPECT_EQ(rt->processes().size(), 1u);  // who asks
}

TEST(started_tree, ends_with_its_runtime) {
  runtime rt{{.schedulers = 1}};
  supervisor_ref top = testing::start_tree(rt, tree());
  EXPECT_EQ(testing::tree_difference(rt, top, tree()), "");
  rt.stop();
  EXPECT_THROW(rt.info(top.pid()), exit_exception);
}

TEST(started_tree, that_cannot_start_says_why) {
  testing::stepped_runtime rt;
  supervisor_spec taken{.children = {child("one", testing::never_reply).spawn({.name = "name"}),
                                     child("two", testing::never_reply).spawn({.name = "name"})}};
  std::string why;
  try {
    testing::start_tree(rt, taken);
  } catch (const start_failed& failure) {
    why = to_string(failure.error());
  }
  EXPECT_NE(why.find("'two'"), std::string::npos) << why;
  EXPECT_EQ(rt->processes().size(), 1u);
}

}  // namespace
}  // namespace dialtone
