// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/exit_reason.hpp>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

static_assert(sendable<exit_reason> && sendable<source_place>);
static_assert(std::is_nothrow_move_constructible_v<exit_reason>);
static_assert(sizeof(exit_reason) <= 24);

TEST(exit_reason, is_normal_by_default) {
  EXPECT_EQ(exit_reason{}, exit_reason::normal);
  EXPECT_TRUE(exit_reason{}.is_orderly());
}

TEST(exit_reason, has_a_text_for_each_code) {
  const std::pair<exit_reason::code_type, const char*> texts[] = {
      {exit_reason::normal, "normal"},
      {exit_reason::shutdown, "shutdown"},
      {exit_reason::kill, "kill"},
      {exit_reason::killed, "killed"},
      {exit_reason::noproc, "noproc"},
      {exit_reason::custom, "custom"},
      {exit_reason::mailbox_overflow, "mailbox_overflow"},
      {exit_reason::memory_limit, "memory_limit"},
      {exit_reason::system_limit, "system_limit"},
      {exit_reason::timeout, "timeout"},
      {exit_reason::noconnection, "noconnection"},
      {exit_reason::overloaded, "overloaded"},
      {exit_reason::calling_self, "calling_self"},
  };
  for (auto [code, text] : texts) {
    EXPECT_EQ(to_string(exit_reason{code}), text);
    EXPECT_EQ(exit_reason{code}.code(), code);
    EXPECT_EQ(exit_reason{code}.text(), "");
    EXPECT_EQ(exit_reason{code}.type(), "");
    EXPECT_TRUE(exit_reason{code}.trace().empty());
  }
}

TEST(exit_reason, is_orderly_when_normal_or_a_shutdown) {
  for (int code = exit_reason::normal; code <= exit_reason::calling_self; ++code) {
    exit_reason reason{static_cast<exit_reason::code_type>(code)};
    EXPECT_EQ(reason.is_orderly(), code == exit_reason::normal || code == exit_reason::shutdown);
    EXPECT_EQ(reason.is_shutdown(), code == exit_reason::shutdown);
  }
  EXPECT_TRUE(exit_reason::shutdown_because("upgrade").is_orderly());
  EXPECT_TRUE(exit_reason::shutdown_because("upgrade").is_shutdown());
  EXPECT_FALSE(exit_reason::custom_text("shutdown").is_orderly());
}

TEST(exit_reason, carries_a_text) {
  EXPECT_EQ(exit_reason::custom_text("out of paper").text(), "out of paper");
  EXPECT_EQ(to_string(exit_reason::custom_text("out of paper")), "custom: out of paper");
  EXPECT_EQ(to_string(exit_reason::shutdown_because("upgrade")), "shutdown: upgrade");
}

TEST(exit_reason, of_an_exception_tells_what_and_where) {
  exit_reason reason = exit_reason::of_exception(
      "std::runtime_error", "as planned",
      {{"/src/pump.cpp", 12, "dialtone::task<int> plant::serve(int, char)"}, {"server.cpp", 40, "main"}});
  EXPECT_EQ(reason.code(), exit_reason::exception);
  EXPECT_EQ(to_string(reason),
            "std::runtime_error: as planned (at pump.cpp:12 in plant::serve, server.cpp:40 in main)");
  EXPECT_EQ(to_string(exit_reason::of_exception("int", "", {})), "int");
}

TEST(exit_reason, is_equal_in_code_type_and_text_wherever_it_happened) {
  auto made = [](const char* type, const char* text, std::uint32_t line) {
    return exit_reason::of_exception(type, text, {{"a.cpp", line, "f"}});
  };
  EXPECT_EQ(made("a", "b", 1), made("a", "b", 2));
  EXPECT_NE(made("a", "b", 1), made("a", "c", 1));
  EXPECT_NE(made("a", "b", 1), made("c", "b", 1));
  EXPECT_NE(exit_reason::shutdown, exit_reason::shutdown_because("upgrade"));
  EXPECT_NE(exit_reason::custom_text("x"), exit_reason::shutdown_because("x"));
  EXPECT_EQ(exit_reason::custom_text(""), exit_reason{exit_reason::custom});
}

TEST(exit_reason, shares_its_details_with_its_copies) {
  exit_reason reason = exit_reason::custom_text(std::string(1000, 'x'));
  exit_reason copy = reason;
  EXPECT_EQ(copy.text().data(), reason.text().data());
  exit_reason moved = std::move(reason);
  EXPECT_EQ(moved, copy);
}

TEST(exit_exception, says_its_reason) {
  exit_exception failure{exit_reason::custom_text("out of paper")};
  EXPECT_EQ(failure.reason(), exit_reason::custom_text("out of paper"));
  EXPECT_STREQ(failure.what(), "custom: out of paper");
}

TEST(source_place, is_printed_with_the_bare_names) {
  EXPECT_EQ(to_string(source_place{"/a/b/pump.cpp", 7, "dialtone::process<> serve(int)"}), "pump.cpp:7 in serve");
  EXPECT_EQ(to_string(source_place{"pump.cpp", 7, "serve"}), "pump.cpp:7 in serve");
  EXPECT_EQ(to_string(source_place{"pump.cpp", 7, "serve()"}), "pump.cpp:7 in serve");
  EXPECT_EQ(to_string(source_place{}), ":0 in ");
  auto function_in = [](const char* signature) { return to_string(source_place{"a.cpp", 1, signature}).substr(11); };
  EXPECT_EQ(function_in("process<> plant::(anonymous namespace)::serve(int)"), "plant::serve");
  EXPECT_EQ(function_in("(anonymous namespace)::serve(int, char)"), "serve");
  EXPECT_EQ(function_in("task<std::pair<int, int>> plant::serve(std::map<int, int>) [T = int]"), "plant::serve");
  EXPECT_EQ(function_in("auto plant::serve()::(anonymous class)::operator()() const"), "plant::serve");
  EXPECT_EQ(function_in("serve"), "serve");
}

}  // namespace
}  // namespace dialtone
