// SPDX-License-Identifier: Apache-2.0
#include <dialtone/base/sendable_members.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <dialtone/base/sendable_samples_test.hpp>

namespace dialtone {
namespace {

using namespace testing;

template <class T>
inline constexpr std::size_t member_count = detail::shape<T>.members;

// Aggregates: however their members are initialised.
struct arrays {
  char name[65536];
  point corners[2][3];
  std::string lines[4];
  std::variant<int, std::string> last;
};
struct bit_fields {
  unsigned version : 4;
  unsigned : 0;
  unsigned kind : 4;
  bool flag : 1;
};
struct constants {
  const int id;
  const std::string name;
  const point at[2];
};
struct no_room {
  [[no_unique_address]] empty tag;
  int value;
};
static_assert(all_sendable<empty, point, login, move_only, arrays, bit_fields, constants, no_room>);
static_assert(member_count<empty> == 0 && member_count<point> == 2 && member_count<login> == 4);
static_assert(member_count<move_only> == 2 && member_count<arrays> == 4 && member_count<bit_fields> == 3);
static_assert(member_count<constants> == 3 && member_count<no_room> == 2);
static_assert(!std::is_copy_constructible_v<move_only>);

// Aggregates with members that cannot be made from nothing.
struct explicitly_default {
  explicit explicitly_default() = default;
  int value = 0;
};
}  // namespace

template <>
inline constexpr bool enable_sendable<explicitly_default> = true;

namespace {
struct with_handles {
  handle first;
  int between[3];
  handle more[2];
  std::string names[2];
  explicitly_default last{};
};
struct late_default {
  int number;
  explicitly_default last{};
  int more[2];
};
static_assert(all_sendable<handle, std::vector<handle>, with_handles, late_default>);
static_assert(member_count<with_handles> == 5 && member_count<late_default> == 3);

// An author may open a union, and a class that begins with one.
union opened_union {
  int integer;
  float real;
};
struct opened_struct {
  union {
    int integer;
    float real;
  };
  int kind;
};
}  // namespace

template <>
inline constexpr bool enable_sendable<opened_union> = true;
template <>
inline constexpr bool enable_sendable<opened_struct> = true;

namespace {
struct holds_opened {
  opened_union value;
  opened_struct other;
  opened_struct more[2];
};
static_assert(all_sendable<opened_union, opened_struct, holds_opened>);

// Neither a base nor a union is seen where a constructor takes everything.
class greedy {
 public:
  greedy() = default;
  template <class T>
  greedy(T&&) {}  // NOLINT: implicit on purpose
  [[maybe_unused]] int number_ = 0;
};
struct no_default_greedy {
  template <class T>
  no_default_greedy(T&&) {}  // NOLINT: implicit on purpose
};
}  // namespace

template <>
inline constexpr bool enable_sendable<greedy> = true;
template <>
inline constexpr bool enable_sendable<no_default_greedy> = true;

namespace {
struct holds_greedy {
  greedy first;
  int second;
  greedy third;
};
struct holds_no_default_greedy {
  no_default_greedy first;
  int second[2];
  no_default_greedy third;
};
static_assert(all_sendable<holds_greedy, holds_no_default_greedy>);
static_assert(member_count<holds_greedy> == 3 && member_count<holds_no_default_greedy> == 3);

struct forty {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9;
  char b0[9], b1[9], b2[9], b3[9], b4[9], b5[9], b6[9], b7[9], b8[9], b9[9];
  std::string c0, c1, c2, c3, c4, c5, c6, c7, c8, c9;
  point d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
};
struct forty_one {
  forty first;
  int a1, a2, a3, a4, a5, a6, a7, a8, a9, a10;
  int b1, b2, b3, b4, b5, b6, b7, b8, b9, b10;
  int c1, c2, c3, c4, c5, c6, c7, c8, c9, c10;
  int d1, d2, d3, d4, d5, d6, d7, d8, d9, d10;
};
static_assert(member_count<forty> == detail::members_limit && sendable<forty> && !sendable<forty_one>);

struct sixty_five_elements {
  int numbers[64];
  handle last;
};
struct sixty_four_elements {
  int numbers[63];
  handle last;
};
static_assert(sendable<sixty_four_elements> && !sendable<sixty_five_elements>);

TEST(sendable_members, are_listed_with_their_types) {
  using detail::members_of;
  using detail::types;
  EXPECT_TRUE((std::is_same_v<members_of<empty>, types<>>));
  EXPECT_TRUE((std::is_same_v<members_of<bit_fields>, types<const unsigned, const unsigned, const bool>>));
  EXPECT_TRUE((std::is_same_v<members_of<arrays>, types<const char[65536], const point[2][3], const std::string[4],
                                                        const std::variant<int, std::string>>>));
  EXPECT_TRUE((std::is_same_v<members_of<with_handles>, types<const handle, const int[3], const handle[2],
                                                              const std::string[2], const explicitly_default>>));
}

TEST(sendable_members, that_are_mutable_or_references_are_listed_as_such) {
  struct mixed {
    int plain;
    mutable int changing;
    const int constant;
    std::string& reference;
    const std::string& const_reference;
    std::string&& rvalue_reference;
  };
  EXPECT_TRUE(
      (std::is_same_v<detail::members_of<mixed>,
                      detail::types<const int, int, const int, std::string&, const std::string&, std::string&&>>));
}

TEST(sendable_members, beyond_the_limits_are_refused) {
  EXPECT_EQ(detail::broken_rule<forty_one>, detail::rule::too_many_members);
  EXPECT_EQ(detail::broken_rule<sixty_five_elements>, detail::rule::unlisted_members);
}

}  // namespace
}  // namespace dialtone
