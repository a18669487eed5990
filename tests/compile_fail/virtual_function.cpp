// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a class with private members, virtual functions or constructors of
// expects: std::unique_ptr<shape>
#include <memory>

#include <dialtone/base/sendable.hpp>

struct shape {
  virtual ~shape() = default;
};
struct message {
  std::unique_ptr<shape> value;
};

int main() { return dialtone::detail::check_sendable<message>(); }
