// SPDX-License-Identifier: Apache-2.0
// Messages of every plain sort, for the tests of what may be sent. For test files only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dialtone/base/sendable.hpp>

namespace dialtone {
namespace testing {

template <class... Ts>
inline constexpr bool all_sendable = (sendable<Ts> && ...);

struct empty {};
struct point {
  int x = 0;
  int y = 0;
};
struct login {
  std::string name;
  std::optional<std::string> token;
  std::vector<point> path;
  point at;
};
struct move_only {
  std::unique_ptr<login> first;
  std::vector<std::unique_ptr<int>> rest;
};
/// Has private members, and is opened by its author.
class handle {
 public:
  explicit handle(int number) : number_(number) {}
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace testing

template <>
inline constexpr bool enable_sendable<testing::handle> = true;

}  // namespace dialtone
