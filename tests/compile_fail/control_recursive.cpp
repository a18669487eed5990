// SPDX-License-Identifier: Apache-2.0
// compiles
#include <memory>
#include <string>
#include <vector>

#include <dialtone/base/sendable.hpp>

struct message {
  std::string name;
  std::vector<message> children;
  std::unique_ptr<message> next;
};

int main() { return dialtone::detail::check_sendable<message>() ? 0 : 1; }
