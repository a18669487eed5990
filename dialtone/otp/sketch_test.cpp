// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/sketch.hpp>

#include <dialtone/otp/supervised_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::crash_when_told;
using testing::member;
using testing::world;

supervisor_spec tree() {
  supervisor_spec readers{
      .strategy = supervisor_strategy::rest_for_one,
      .intensity = 10,
      .period = 1500ms,
      .auto_shutdown = auto_shutdown_type::any_significant,
      .children = {member("one", restart_type::transient).significant(), member("two").shutdown(brutal_kill)}};
  return {.strategy = supervisor_strategy::one_for_all,
          .children = {member("store").shutdown(infinity), child("readers", readers),
                       member("link", restart_type::temporary).backoff({.initial = 100ms, .maximum = 2min})}};
}

constexpr const char* as_text =
    "supervisor one_for_all, 1 restart in 5s\n"
    "├─ store: worker, permanent, shutdown infinity\n"
    "├─ readers: supervisor rest_for_one, 10 restarts in 1500ms, ends after any significant child, permanent\n"
    "│  ├─ one: worker, transient, significant\n"
    "│  └─ two: worker, permanent, brutal_kill\n"
    "└─ link: worker, temporary, back-off 100ms to 2min\n";

TEST(sketch, of_a_specification_shows_the_tree) { EXPECT_EQ(sketch(tree()), as_text); }

TEST(sketch, of_a_specification_as_a_diagram) {
  EXPECT_EQ(sketch(tree(), sketch_format::mermaid),
            "graph TD\n"
            "  n0[\"supervisor one_for_all, 1 restart in 5s\"]\n"
            "  n1(\"store<br/>worker, permanent, shutdown infinity\")\n"
            "  n0 --> n1\n"
            "  n2[\"readers<br/>supervisor rest_for_one, 10 restarts in 1500ms, ends after any significant child, "
            "permanent\"]\n"
            "  n3(\"one<br/>worker, transient, significant\")\n"
            "  n2 --> n3\n"
            "  n4(\"two<br/>worker, permanent, brutal_kill\")\n"
            "  n2 --> n4\n"
            "  n0 --> n2\n"
            "  n5(\"link<br/>worker, temporary, back-off 100ms to 2min\")\n"
            "  n0 --> n5\n");
}

class running_sketch : public testing::supervised {
 protected:
  std::string drawn(sketch_format format) {
    return rt.call([](supervisor_ref top, sketch_format format) { return top.sketch(format); }, world.top, format);
  }
  supervision_tree running() {
    return rt.call([](supervisor_ref top) { return top.tree(); }, world.top);
  }
};

TEST_F(running_sketch, agrees_with_the_specification) {
  start(tree());
  EXPECT_EQ(drawn(sketch_format::text), as_text);
  EXPECT_EQ(drawn(sketch_format::mermaid), sketch(tree(), sketch_format::mermaid));
  EXPECT_TRUE(same_tree(running(), tree_of(tree())));
}

TEST_F(running_sketch, agrees_after_restarts_and_though_a_child_is_down) {
  supervisor_spec spec = tree();
  spec.children.pop_back();  // the temporary one, which no restart brings back
  start(spec);
  end("store", testing::because("crash"));
  rt.call([](supervisor_ref top) { return top.terminate_child("store"); }, world.top);
  EXPECT_TRUE(same_tree(running(), tree_of(spec)));
}

TEST_F(running_sketch, agrees_though_a_supervisor_is_down) {
  start(tree());
  rt.call([](supervisor_ref top) { return top.terminate_child("readers"); }, world.top);
  EXPECT_EQ(drawn(sketch_format::text), as_text);
}

TEST_F(running_sketch, shows_children_that_were_added_below) {
  start(tree());
  pid readers = rt.call([](supervisor_ref top) { return top.which_children(); }, world.top).at(1).pid;
  rt.call([](supervisor_ref below) { return below.start_child(member("three")); }, supervisor_ref{readers});
  EXPECT_TRUE(drawn(sketch_format::text).contains("│  └─ three: worker, permanent\n"));
  EXPECT_FALSE(same_tree(running(), tree_of(tree())));
}

TEST_F(running_sketch, with_pids_shows_who_runs) {
  start({.children = {member("a"), member("b", restart_type::transient)}});
  end("b", exit_reason::normal);
  EXPECT_EQ(drawn(sketch_format::text_with_pids),
            "supervisor one_for_one, 1 restart in 5s " + to_string(world.top.pid()) + "\n├─ a: worker, permanent " +
                to_string(world.running["a"]) + "\n└─ b: worker, transient (not running)\n");
}

TEST(sketch, of_odd_ids_keeps_one_line_for_each_child) {
  supervisor_spec spec{.children = {child("two\nlines\t", crash_when_told), child("\"#1\" <b>&`", crash_when_told),
                                    child("größe", crash_when_told)}};
  EXPECT_EQ(sketch(spec),
            "supervisor one_for_one, 1 restart in 5s\n"
            "├─ two\\x0alines\\x09: worker, permanent\n"
            "├─ \"#1\" <b>&`: worker, permanent\n"
            "└─ größe: worker, permanent\n");
  EXPECT_EQ(sketch(spec, sketch_format::mermaid),
            "graph TD\n"
            "  n0[\"supervisor one_for_one, 1 restart in 5s\"]\n"
            "  n1(\"two\\x0alines\\x09<br/>worker, permanent\")\n"
            "  n0 --> n1\n"
            "  n2(\"#34;#35;1#34; #60;b#62;#38;#96;<br/>worker, permanent\")\n"
            "  n0 --> n2\n"
            "  n3(\"größe<br/>worker, permanent\")\n"
            "  n0 --> n3\n");
}

TEST(sketch, shows_times_in_the_largest_unit_that_is_exact) {
  auto period = [](duration time) { return sketch(supervisor_spec{.period = time}); };
  EXPECT_EQ(period(1h), "supervisor one_for_one, 1 restart in 60min\n");
  EXPECT_EQ(period(90s), "supervisor one_for_one, 1 restart in 90s\n");
  EXPECT_EQ(period(1us), "supervisor one_for_one, 1 restart in 1us\n");
  EXPECT_EQ(period(1001ns), "supervisor one_for_one, 1 restart in 1001ns\n");
}

TEST(same_tree, looks_at_ids_specifications_and_shape) {
  const supervision_tree one = tree_of(tree());
  EXPECT_TRUE(same_tree(one, one));
  supervision_tree other = one;
  other.pid = pid::from_value(1);
  EXPECT_TRUE(same_tree(one, other));
  other.children[1].children[0].id = "another";
  EXPECT_FALSE(same_tree(one, other));
  other = one;
  other.children[0].about = "worker, transient";
  EXPECT_FALSE(same_tree(one, other));
  other = one;
  other.children.pop_back();
  EXPECT_FALSE(same_tree(one, other));
}

}  // namespace
}  // namespace dialtone
