// SPDX-License-Identifier: Apache-2.0
// A registry whose keys and values throw when they are copied: who asks gets the exception, and the registry stays
// whole.
#include <gtest/gtest.h>

#include <dialtone/otp/registry.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

int copies_left = 1'000'000;

struct brittle {
  int number = 0;
  brittle() = default;
  explicit brittle(int number) : number{number} {}
  brittle(const brittle& other) : number{other.number} {
    if (copies_left-- <= 0) throw std::runtime_error{"no more copies"};
  }
  brittle(brittle&&) noexcept = default;
  brittle& operator=(const brittle&) = default;
  brittle& operator=(brittle&&) noexcept = default;
};

}  // namespace
}  // namespace dialtone
template <>
inline constexpr bool dialtone::enable_sendable<dialtone::brittle> = true;
namespace dialtone {
namespace {

using glasses = registry<std::string, brittle>;

TEST(hostile_values, that_cannot_be_copied_any_more_leave_the_registry_whole) {
  testing::stepped_runtime rt;
  const exit_reason reason = rt.run({.name = "listener", .trap_exit = true}, []() -> process<> {
    glasses all{{.keys = registry_keys::duplicate, .listeners = {"listener"}}};
    for (int allowed = 0; allowed < 6; ++allowed) {
      pid owner = spawn_link(
          [](glasses of, int number) -> process<> {
            of.register_key("a", brittle{1});
            copies_left = number;
            try {
              of.register_key("a", brittle{2});
            } catch (const std::runtime_error&) {
              EXPECT_LE(of.count("a"), 2u);
            }
            copies_left = number;
            EXPECT_THROW(for (int all = 0; all < 10; ++all) static_cast<void>(of.lookup_all("a")), std::runtime_error);
            co_return;
          },
          all, allowed);
      EXPECT_EQ((co_await receive<exited>()).pid, owner);
      EXPECT_EQ(all.count(), 0u);
      EXPECT_TRUE(all.keys(owner).empty());
      copies_left = 1'000'000;
    }
  });
  EXPECT_EQ(reason, exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
