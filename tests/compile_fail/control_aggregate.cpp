// SPDX-License-Identifier: Apache-2.0
// compiles
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <dialtone/base/sendable.hpp>

struct point {
  int x;
  int y;
};
struct message {
  std::string name;
  std::optional<point> at;
  std::vector<std::variant<int, std::string>> values;
  std::map<std::string, std::unique_ptr<point>> points;
  std::shared_ptr<const std::string> shared;
  char raw[256];
};

int main() { return dialtone::detail::check_sendable<message>() ? 0 : 1; }
