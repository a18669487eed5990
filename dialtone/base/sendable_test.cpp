// SPDX-License-Identifier: Apache-2.0
// What is refused with which sentence is tested by tests/compile_fail.
#include <dialtone/base/sendable.hpp>

#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <expected>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/base/sendable_samples_test.hpp>

namespace dialtone {
namespace {

using namespace testing;

template <class... Ts>
inline constexpr bool none_sendable = (!sendable<Ts> && ...);

enum class colour { red };
enum plain_enum { zero };

// Values of the language and of the standard library.
static_assert(all_sendable<bool, char, char8_t, wchar_t, int, std::uint64_t, float, long double, std::byte>);
static_assert(all_sendable<colour, plain_enum, std::monostate, std::bitset<70>>);
static_assert(all_sendable<std::string, std::wstring, std::u8string, std::u32string>);
static_assert(all_sendable<std::chrono::nanoseconds, std::chrono::duration<double>,
                           std::chrono::steady_clock::time_point, std::chrono::sys_days>);
static_assert(all_sendable<std::vector<int>, std::vector<bool>, std::vector<std::vector<std::string>>, std::deque<int>,
                           std::list<std::string>, std::forward_list<int>, std::array<std::string, 3>>);
static_assert(all_sendable<std::set<int>, std::multiset<std::string>, std::map<int, std::string>,
                           std::multimap<int, int>, std::map<std::string, int, std::less<>>>);
static_assert(all_sendable<std::unordered_set<int>, std::unordered_multiset<int>,
                           std::unordered_map<std::string, std::vector<int>>, std::unordered_multimap<int, int>>);
static_assert(
    all_sendable<std::pair<int, std::string>, std::pair<const int, int>, std::tuple<>, std::tuple<int, std::string>,
                 std::optional<std::string>, std::variant<std::monostate, int, std::string>>);
static_assert(all_sendable<std::expected<int, std::string>, std::expected<void, colour>>);
static_assert(all_sendable<std::unique_ptr<int>, std::unique_ptr<const int>, std::unique_ptr<std::string[]>>);
static_assert(all_sendable<std::shared_ptr<const int>, std::shared_ptr<const std::vector<std::string>>,
                           std::shared_ptr<const int[]>>);

static_assert(
    none_sendable<int*, const int*, const char*, void*, void (*)(), std::nullptr_t, int std::pair<int, int>::*>);
static_assert(none_sendable<int&, const int&, int&&, std::string&, std::reference_wrapper<int>>);
static_assert(none_sendable<const int, volatile int, const std::string, int[3], void, void()>);
static_assert(none_sendable<std::string_view, std::u16string_view, std::span<int>, std::span<const std::byte, 4>,
                            std::initializer_list<int>, std::ranges::ref_view<std::string>>);
static_assert(none_sendable<std::shared_ptr<int>, std::shared_ptr<std::string>, std::shared_ptr<int[]>,
                            std::weak_ptr<const int>, std::shared_ptr<const void>>);
static_assert(none_sendable<std::function<void()>, std::move_only_function<void()>, decltype([] {}),
                            decltype([](auto) {}), decltype([i = 0] { return i; }), std::coroutine_handle<>>);
static_assert(none_sendable<std::any, std::exception_ptr, std::atomic<int>, std::mutex, std::thread>);

// Nothing hides inside of a standard type.
static_assert(none_sendable<std::vector<int*>, std::deque<int*>, std::list<int*>, std::forward_list<int*>,
                            std::array<int*, 1>, std::set<int*>, std::multiset<int*>, std::map<int, int*>,
                            std::map<int*, int>, std::multimap<int, int*>>);
static_assert(none_sendable<std::unordered_set<int*>, std::unordered_multiset<int*>, std::unordered_map<int*, int>,
                            std::unordered_map<int, int*>, std::unordered_multimap<int, int*>>);
static_assert(none_sendable<std::pair<int, int*>, std::pair<int*, int>, std::tuple<int, int&>, std::optional<int*>,
                            std::variant<int, int*>, std::expected<int*, int>, std::expected<int, int*>,
                            std::expected<void, int*>, std::unique_ptr<int*>, std::unique_ptr<int*[]>,
                            std::shared_ptr<int* const>>);

template <class T>
struct counting_allocator : std::allocator<T> {};
static_assert(none_sendable<std::vector<int, counting_allocator<int>>,
                            std::basic_string<char, std::char_traits<char>, counting_allocator<char>>,
                            std::set<int, std::less<int>, counting_allocator<int>>>);
struct no_delete {
  void operator()(int*) const {}
};
static_assert(none_sendable<std::unique_ptr<int, no_delete>, std::unique_ptr<int, void (*)(int*)>>);
struct by_length {
  bool operator()(const std::string& a, const std::string& b) const { return a.size() < b.size(); }
};
static_assert(sendable<std::set<std::string, by_length>>);
static_assert(none_sendable<std::set<int, bool (*)(int, int)>, std::set<int, std::function<bool(int, int)>>>);

// Aggregates; sendable_members_test.cpp has more of them.
static_assert(all_sendable<empty, point, login, move_only>);
static_assert(!std::is_copy_constructible_v<move_only>);

class closed {
  [[maybe_unused]] int number_ = 0;
};
static_assert(all_sendable<handle, std::vector<handle>, std::unique_ptr<handle>>);
static_assert(none_sendable<closed, std::optional<closed>>);

struct with_reference {
  int number;
  std::string& name;
  int more[2];
};
struct with_const_reference {
  const point& at;
};
int global = 0;
struct with_bound_reference {
  int number;
  int& bound = global;
};
struct with_any {
  std::any value;
};
struct with_closure {
  decltype([](int) {}) function;
};
struct with_volatile {
  volatile int value;
};
struct with_nested {
  std::vector<std::map<int, std::optional<std::pair<int, with_any>>>> deep;
};
struct with_pointers {
  int before;
  int* pointers[4];
};
static_assert(none_sendable<with_reference, with_const_reference, with_bound_reference, with_any, with_closure,
                            with_volatile, with_nested, with_pointers>);

// Bases, unions, constructors.
struct derived_from_empty : empty {};
struct derived : point {
  int z;
};
struct derived_from_handle : handle {
  int z;
};
struct derived_string : std::string {};
union number {
  int integer;
  float real;
};
struct named_union {
  int kind;
  number value;
};
struct anonymous_union {
  std::string before;
  union {
    int integer;
    float real;
  };
  std::vector<int> after;
};
struct anonymous_union_and_handle {
  handle first;
  union {
    int integer;
    float real;
  };
};
struct constructed {
  explicit constructed(int) {}
};
struct polymorphic {
  virtual ~polymorphic() = default;
};
static_assert(none_sendable<derived_from_empty, derived, derived_from_handle, derived_string>);
static_assert(none_sendable<number, named_union, anonymous_union, anonymous_union_and_handle>);
static_assert(none_sendable<constructed, polymorphic, std::unique_ptr<polymorphic>>);

// Types that contain themselves.
struct tree {
  int value;
  std::vector<tree> children;
  std::unique_ptr<tree> parent_copy;
};
struct json {
  std::variant<std::monostate, bool, double, std::string, std::vector<json>, std::map<std::string, json>> value;
};
struct bad_tree {
  std::vector<bad_tree> children;
  const char* name;
};
struct odd;
struct even {
  std::unique_ptr<odd> next;
};
struct odd {
  std::unique_ptr<even> next;
};
static_assert(all_sendable<tree, json, even, odd>);
static_assert(none_sendable<bad_tree, std::vector<bad_tree>>);

// What is shared must be constant all through.
struct with_mutable {
  mutable int cache;
};
struct shares_mutable {
  std::shared_ptr<const std::vector<with_mutable>> values;
};
static_assert(
    all_sendable<with_mutable, std::shared_ptr<const point>, std::shared_ptr<const std::unique_ptr<const int>>,
                 std::shared_ptr<const std::shared_ptr<const int>>>);
static_assert(none_sendable<std::shared_ptr<const with_mutable>, shares_mutable, std::shared_ptr<const move_only>,
                            std::shared_ptr<const std::unique_ptr<int>>>);
struct both_ways {
  with_mutable own;
  std::shared_ptr<const with_mutable> shared;
};
static_assert(!sendable<both_ways>);

// A message is moved into the mailbox.
struct immovable {
  const std::unique_ptr<int> value;
};
static_assert(none_sendable<immovable, std::vector<int>[2]>);

using detail::broken_rule;
using detail::rule;

TEST(sendable, each_refusal_has_its_rule) {
  EXPECT_EQ(broken_rule<login>, rule::none);
  EXPECT_EQ(broken_rule<with_pointers>, rule::raw_pointer);
  EXPECT_EQ(broken_rule<with_reference>, rule::reference);
  EXPECT_EQ(broken_rule<std::optional<std::string_view>>, rule::view);
  EXPECT_EQ(broken_rule<std::vector<std::shared_ptr<int>>>, rule::mutable_sharing);
  EXPECT_EQ(broken_rule<shares_mutable>, rule::mutable_inside);
  EXPECT_EQ(broken_rule<with_closure>, rule::function_object);
  EXPECT_EQ(broken_rule<derived>, rule::base_class);
  EXPECT_EQ(broken_rule<with_nested>, rule::private_class);
  EXPECT_EQ(broken_rule<anonymous_union>, rule::union_member);
  EXPECT_EQ((broken_rule<std::vector<int, counting_allocator<int>>>), rule::foreign_allocator);
  EXPECT_EQ((broken_rule<std::unique_ptr<int, no_delete>>), rule::foreign_deleter);
  EXPECT_EQ(broken_rule<const int>, rule::not_a_value);
  EXPECT_EQ(broken_rule<with_volatile>, rule::not_a_value);
  EXPECT_EQ(broken_rule<immovable>, rule::immovable);
}

TEST(sendable, the_offender_is_found_with_all_that_holds_it) {
  using found = decltype(detail::find_offence<with_nested, false>());
  using pair = std::pair<int, with_any>;
  using map = std::map<int, std::optional<pair>>;
  EXPECT_TRUE((std::is_same_v<found::offender, std::any>));
  EXPECT_TRUE(
      (std::is_same_v<found::holders,
                      detail::found_in<with_nested, std::vector<map>, map, std::optional<pair>, pair, with_any>>));
}

TEST(sendable, the_offender_in_a_type_that_contains_itself_is_found) {
  using found = decltype(detail::find_offence<bad_tree, false>());
  EXPECT_TRUE((std::is_same_v<found::offender, const char*>));
  EXPECT_TRUE((std::is_same_v<found::holders, detail::found_in<bad_tree>>));
}

TEST(sendable, a_sendable_type_passes_the_check) {
  EXPECT_TRUE(detail::check_sendable<login>());
  EXPECT_TRUE(detail::check_sendable<move_only>());
}

}  // namespace
}  // namespace dialtone
