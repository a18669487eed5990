// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a union: nobody knows which member is alive; use std::variant
#include <dialtone/base/sendable.hpp>

union message {
  int integer;
  float real;
};

int main() { return dialtone::detail::check_sendable<message>(); }
