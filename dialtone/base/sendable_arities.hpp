// SPDX-License-Identifier: Apache-2.0
// What must be written out once per number of members, because a pack of `{}` or of structured bindings cannot be
// written before C++26: counting the members of an aggregate, and binding them. For sendable_members.hpp only.
#pragma once

#include <cstddef>

namespace dialtone::detail {

template <class... Ts>
struct types {};

/// The most members that an aggregate may have by itself; nested aggregates count one each.
inline constexpr std::size_t members_limit = 40;

#define DIALTONE_EACH_1(x) x(1)
#define DIALTONE_EACH_2(x) DIALTONE_EACH_1(x), x(2)
#define DIALTONE_EACH_3(x) DIALTONE_EACH_2(x), x(3)
#define DIALTONE_EACH_4(x) DIALTONE_EACH_3(x), x(4)
#define DIALTONE_EACH_5(x) DIALTONE_EACH_4(x), x(5)
#define DIALTONE_EACH_6(x) DIALTONE_EACH_5(x), x(6)
#define DIALTONE_EACH_7(x) DIALTONE_EACH_6(x), x(7)
#define DIALTONE_EACH_8(x) DIALTONE_EACH_7(x), x(8)
#define DIALTONE_EACH_9(x) DIALTONE_EACH_8(x), x(9)
#define DIALTONE_EACH_10(x) DIALTONE_EACH_9(x), x(10)
#define DIALTONE_EACH_11(x) DIALTONE_EACH_10(x), x(11)
#define DIALTONE_EACH_12(x) DIALTONE_EACH_11(x), x(12)
#define DIALTONE_EACH_13(x) DIALTONE_EACH_12(x), x(13)
#define DIALTONE_EACH_14(x) DIALTONE_EACH_13(x), x(14)
#define DIALTONE_EACH_15(x) DIALTONE_EACH_14(x), x(15)
#define DIALTONE_EACH_16(x) DIALTONE_EACH_15(x), x(16)
#define DIALTONE_EACH_17(x) DIALTONE_EACH_16(x), x(17)
#define DIALTONE_EACH_18(x) DIALTONE_EACH_17(x), x(18)
#define DIALTONE_EACH_19(x) DIALTONE_EACH_18(x), x(19)
#define DIALTONE_EACH_20(x) DIALTONE_EACH_19(x), x(20)
#define DIALTONE_EACH_21(x) DIALTONE_EACH_20(x), x(21)
#define DIALTONE_EACH_22(x) DIALTONE_EACH_21(x), x(22)
#define DIALTONE_EACH_23(x) DIALTONE_EACH_22(x), x(23)
#define DIALTONE_EACH_24(x) DIALTONE_EACH_23(x), x(24)
#define DIALTONE_EACH_25(x) DIALTONE_EACH_24(x), x(25)
#define DIALTONE_EACH_26(x) DIALTONE_EACH_25(x), x(26)
#define DIALTONE_EACH_27(x) DIALTONE_EACH_26(x), x(27)
#define DIALTONE_EACH_28(x) DIALTONE_EACH_27(x), x(28)
#define DIALTONE_EACH_29(x) DIALTONE_EACH_28(x), x(29)
#define DIALTONE_EACH_30(x) DIALTONE_EACH_29(x), x(30)
#define DIALTONE_EACH_31(x) DIALTONE_EACH_30(x), x(31)
#define DIALTONE_EACH_32(x) DIALTONE_EACH_31(x), x(32)
#define DIALTONE_EACH_33(x) DIALTONE_EACH_32(x), x(33)
#define DIALTONE_EACH_34(x) DIALTONE_EACH_33(x), x(34)
#define DIALTONE_EACH_35(x) DIALTONE_EACH_34(x), x(35)
#define DIALTONE_EACH_36(x) DIALTONE_EACH_35(x), x(36)
#define DIALTONE_EACH_37(x) DIALTONE_EACH_36(x), x(37)
#define DIALTONE_EACH_38(x) DIALTONE_EACH_37(x), x(38)
#define DIALTONE_EACH_39(x) DIALTONE_EACH_38(x), x(39)
#define DIALTONE_EACH_40(x) DIALTONE_EACH_39(x), x(40)
#define DIALTONE_EACH_41(x) DIALTONE_EACH_40(x), x(41)
#define DIALTONE_FOR_10(x, t) x(t##1) x(t##2) x(t##3) x(t##4) x(t##5) x(t##6) x(t##7) x(t##8) x(t##9)
#define DIALTONE_FOR_40(x) \
  DIALTONE_FOR_10(x, ) x(10) DIALTONE_FOR_10(x, 1) x(20) DIALTONE_FOR_10(x, 2) x(30) DIALTONE_FOR_10(x, 3) x(40)

#define DIALTONE_BRACES(n) \
  {                        \
  }
#define DIALTONE_MEMBER(n) m##n
#define DIALTONE_TYPE(n) decltype(m##n)

/// How many members can be made from empty braces, counted from the first; one more than the limit when there are more.
template <class T>
consteval std::size_t count_from_braces() {
  if constexpr (false) return 0;
#define DIALTONE_COUNT(n) else if constexpr (!requires { T{DIALTONE_EACH_##n(DIALTONE_BRACES)}; }) return (n) - 1;
  DIALTONE_FOR_40(DIALTONE_COUNT)
  else if constexpr (!requires { T{DIALTONE_EACH_41(DIALTONE_BRACES)}; }) return members_limit;
  else return members_limit + 1;
#undef DIALTONE_COUNT
}

/// What depends on a number of members: whether T takes one more initialiser after so many empty braces, plain or in
/// braces of its own, and the list of its members when it has exactly so many.
template <std::size_t Count>
struct arity;

template <>
struct arity<0> {
  template <class T, class One>
  static constexpr bool takes = requires { T{One{}}; };
  template <class T, class One>
  static constexpr bool takes_braced = requires { T{{One{}}}; };
  template <class T>
  static types<> members(const T&);
};

// The list is bound to a const object, so that a member which is not const in it is a mutable one.
#define DIALTONE_ARITY(n)                                                                              \
  template <>                                                                                          \
  struct arity<n> {                                                                                    \
    template <class T, class One>                                                                      \
    static constexpr bool takes = requires { T{DIALTONE_EACH_##n(DIALTONE_BRACES), One{}}; };          \
    template <class T, class One>                                                                      \
    static constexpr bool takes_braced = requires { T{DIALTONE_EACH_##n(DIALTONE_BRACES), {One{}}}; }; \
    template <class T>                                                                                 \
    static auto members(const T& value) {                                                              \
      [[maybe_unused]] const auto& [DIALTONE_EACH_##n(DIALTONE_MEMBER)] = value;                       \
      return types<DIALTONE_EACH_##n(DIALTONE_TYPE)>{};                                                \
    }                                                                                                  \
  };
DIALTONE_FOR_40(DIALTONE_ARITY)

#undef DIALTONE_ARITY
#undef DIALTONE_TYPE
#undef DIALTONE_MEMBER
#undef DIALTONE_BRACES
#undef DIALTONE_FOR_40
#undef DIALTONE_FOR_10
#undef DIALTONE_EACH_41
#undef DIALTONE_EACH_40
#undef DIALTONE_EACH_39
#undef DIALTONE_EACH_38
#undef DIALTONE_EACH_37
#undef DIALTONE_EACH_36
#undef DIALTONE_EACH_35
#undef DIALTONE_EACH_34
#undef DIALTONE_EACH_33
#undef DIALTONE_EACH_32
#undef DIALTONE_EACH_31
#undef DIALTONE_EACH_30
#undef DIALTONE_EACH_29
#undef DIALTONE_EACH_28
#undef DIALTONE_EACH_27
#undef DIALTONE_EACH_26
#undef DIALTONE_EACH_25
#undef DIALTONE_EACH_24
#undef DIALTONE_EACH_23
#undef DIALTONE_EACH_22
#undef DIALTONE_EACH_21
#undef DIALTONE_EACH_20
#undef DIALTONE_EACH_19
#undef DIALTONE_EACH_18
#undef DIALTONE_EACH_17
#undef DIALTONE_EACH_16
#undef DIALTONE_EACH_15
#undef DIALTONE_EACH_14
#undef DIALTONE_EACH_13
#undef DIALTONE_EACH_12
#undef DIALTONE_EACH_11
#undef DIALTONE_EACH_10
#undef DIALTONE_EACH_9
#undef DIALTONE_EACH_8
#undef DIALTONE_EACH_7
#undef DIALTONE_EACH_6
#undef DIALTONE_EACH_5
#undef DIALTONE_EACH_4
#undef DIALTONE_EACH_3
#undef DIALTONE_EACH_2
#undef DIALTONE_EACH_1

}  // namespace dialtone::detail
