// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/trace.hpp>

#include <gtest/gtest.h>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

trace two_nodes(std::size_t limit = trace::default_limit) {
  trace made{limit};
  made.add_node("server");
  made.add_node("client");
  return made;
}

TEST(trace_test, is_a_line_for_each_event) {
  trace made = two_nodes();
  made.add({.time = 100us, .what = "connect", .node = 1, .peer = 0, .connection = 3});
  made.add({.time = 2s, .what = "data", .node = 1, .peer = 0, .connection = 3, .bytes = 4});
  made.add({.time = 3s, .what = "log", .node = 0, .text = "[error] gone"});
  made.add({.time = 12345678901ns, .what = "partition", .text = "{server} | {client}"});
  EXPECT_EQ(made.text(),
            "+0.000100000s client -> server: connect (connection 3)\n"
            "+2.000000000s client -> server: data 4 bytes (connection 3)\n"
            "+3.000000000s server: log: [error] gone\n"
            "+12.345678901s partition: {server} | {client}\n");
}

TEST(trace_test, is_a_diagram_that_mermaid_can_read) {
  trace made = two_nodes();
  made.add({.time = 1s, .what = "data", .node = 1, .peer = 0, .connection = 3, .bytes = 4});
  made.add({.time = 2s, .what = "log", .node = 0, .text = "a;b #1\nc"});
  made.add({.time = 3s, .what = "heal"});
  EXPECT_EQ(made.diagram(),
            "sequenceDiagram\n"
            "  participant n0 as server\n"
            "  participant n1 as client\n"
            "  n1->>n0: +1.000000000s data 4 bytes (connection 3)\n"
            "  Note over n0: +2.000000000s log: a b  1 c\n"
            "  Note over n0,n1: +3.000000000s heal\n");
}

TEST(trace_test, keeps_the_last_events_up_to_its_limit) {
  trace made = two_nodes(3);
  for (int i = 1; i <= 3; ++i) made.add({.time = i * 1s, .what = "heal"});
  EXPECT_EQ(made.text(), "+1.000000000s heal\n+2.000000000s heal\n+3.000000000s heal\n");
  made.add({.time = 4s, .what = "heal"});
  EXPECT_EQ(made.text(), "(1 earlier events)\n+2.000000000s heal\n+3.000000000s heal\n+4.000000000s heal\n");
  EXPECT_EQ(made.text(1), "(3 earlier events)\n+4.000000000s heal\n");
  EXPECT_EQ(made.count(), 4u);
}

TEST(trace_test, a_diagram_has_a_limit_and_says_what_is_missing) {
  trace made = two_nodes(1000);
  for (std::size_t i = 0; i < trace::diagram_limit; ++i) made.add({.what = "heal"});
  EXPECT_FALSE(made.diagram().contains("earlier"));
  made.add({.what = "heal"});
  EXPECT_TRUE(made.diagram().contains("Note over n0,n1: 1 earlier events\n"));
}

TEST(trace_test, a_text_has_a_limit) {
  trace made = two_nodes();
  made.add({.what = "log", .text = std::string(trace::text_limit, 'x')});
  made.add({.what = "log", .text = std::string(trace::text_limit + 1, 'x')});
  EXPECT_EQ(made.kept()[0].text.size(), trace::text_limit);
  EXPECT_EQ(made.kept()[1].text.size(), trace::text_limit);
}

TEST(trace_test, everything_but_the_text_changes_the_hash) {
  auto hash_of = [](const trace_event& event) {
    trace made = two_nodes();
    made.add(event);
    return made.hash();
  };
  const trace_event event{.time = 1s, .what = "data", .node = 0, .peer = 1, .connection = 1, .bytes = 4};
  auto changed = [&](auto change) {
    trace_event other = event;
    change(other);
    return hash_of(other) != hash_of(event);
  };
  EXPECT_TRUE(changed([](trace_event& it) { it.time = 2s; }));
  EXPECT_TRUE(changed([](trace_event& it) { it.what = "end"; }));
  EXPECT_TRUE(changed([](trace_event& it) { it.node = 1; }));
  EXPECT_TRUE(changed([](trace_event& it) { it.peer = 0; }));
  EXPECT_TRUE(changed([](trace_event& it) { it.connection = 2; }));
  EXPECT_TRUE(changed([](trace_event& it) { it.bytes = 5; }));
  EXPECT_TRUE(changed([](trace_event& it) { it.content_hash = 5; }));
  EXPECT_TRUE(changed([](trace_event& it) { it.process = pid{0, 1, 1}; }));
  EXPECT_TRUE(changed([](trace_event& it) { it.value = 5; }));
  EXPECT_FALSE(changed([](trace_event& it) { it.text = "at simulation.cpp:17"; }));
}

TEST(trace_test, the_hash_is_the_same_on_every_machine) {
  trace made = two_nodes();
  made.add({.time = 1s,
            .what = "data",
            .node = 0,
            .peer = 1,
            .connection = 1,
            .bytes = 12,
            .content_hash = trace::hash_of("twelve bytes")});
  made.pass({.time = 2s, .what = "runs", .node = 1, .process = pid{1, 2, 3}, .value = 7});
  EXPECT_EQ(made.hash(), 18299223036127197300u);
}

TEST(trace_test, what_passes_is_in_the_hash_alone) {
  trace made = two_nodes();
  const std::uint64_t before = made.hash();
  made.pass({.what = "runs", .node = 0, .process = pid{0, 1, 1}});
  EXPECT_NE(made.hash(), before);
  EXPECT_EQ(made.count(), 0u);
  EXPECT_TRUE(made.kept().empty());
}

TEST(trace_test, a_limit_of_zero_keeps_nothing_and_hashes_all) {
  trace made = two_nodes(0);
  made.add({.time = 1s, .what = "heal"});
  EXPECT_TRUE(made.kept().empty());
  EXPECT_EQ(made.count(), 1u);
  EXPECT_EQ(made.text(), "(1 earlier events)\n");
  EXPECT_TRUE(made.diagram().contains("1 earlier events"));
  trace with_limit = two_nodes();
  with_limit.add({.time = 1s, .what = "heal"});
  EXPECT_EQ(made.hash(), with_limit.hash());
}

TEST(trace_test, contents_differ_by_length_and_by_each_byte) {
  EXPECT_NE(trace::hash_of(""), trace::hash_of(std::string_view{"\0", 1}));
  EXPECT_NE(trace::hash_of("12345678"), trace::hash_of("123456789"));
  EXPECT_NE(trace::hash_of("12345678a"), trace::hash_of("12345678b"));
  EXPECT_NE(trace::hash_of("a2345678"), trace::hash_of("b2345678"));
}

}  // namespace
}  // namespace dialtone::testing
