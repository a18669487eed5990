// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/random_bits.hpp>

#include <gtest/gtest.h>

#include <array>

namespace dialtone::detail {
namespace {

// The first numbers of splitmix64 from seed 1234567, as Sebastiano Vigna's reference implementation gives them.
TEST(random_bits, gives_the_numbers_of_splitmix64) {
  random_bits bits{1234567};
  for (std::uint64_t expected :
       {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u, 16408922859458223821u})
    EXPECT_EQ(bits.next(), expected);
}

TEST(random_bits, the_same_seed_gives_the_same_numbers) {
  random_bits one{42};
  random_bits same{42};
  random_bits other{43};
  bool differs = false;
  for (int draw = 0; draw < 100; ++draw) {
    std::uint64_t number = one.next();
    EXPECT_EQ(number, same.next());
    differs |= number != other.next();
  }
  EXPECT_TRUE(differs);
}

TEST(random_bits, below_stays_below) {
  random_bits bits{1};
  for (std::uint32_t limit : {1u, 2u, 3u, 1000u, 0x80000000u, 0xffffffffu})
    for (int draw = 0; draw < 1000; ++draw) EXPECT_LT(bits.below(limit), limit);
}

TEST(random_bits, below_gives_every_number_about_equally_often) {
  constexpr std::uint32_t sides = 6;
  constexpr int throws_of_each = 10'000;
  random_bits bits{1};
  std::array<int, sides> count{};
  for (std::uint32_t draw = 0; draw < sides * throws_of_each; ++draw) ++count[bits.below(sides)];
  for (int each : count) EXPECT_NEAR(each, throws_of_each, throws_of_each / 20);
}

}  // namespace
}  // namespace dialtone::detail
