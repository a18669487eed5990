// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a union: nobody knows which member is alive; use std::variant
#include <string>

#include <dialtone/base/sendable.hpp>

struct message {
  std::string name;
  union {
    int integer;
    float real;
  };
};

int main() { return dialtone::detail::check_sendable<message>(); }
