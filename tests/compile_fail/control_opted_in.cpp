// SPDX-License-Identifier: Apache-2.0
// compiles
#include <string>
#include <utility>

#include <dialtone/base/sendable.hpp>

class message {
 public:
  explicit message(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};
template <>
inline constexpr bool dialtone::enable_sendable<message> = true;

int main() { return dialtone::detail::check_sendable<message>() ? 0 : 1; }
