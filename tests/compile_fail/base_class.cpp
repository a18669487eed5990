// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not have a base class: make the base a member
// expects: message, derived, dialtone
#include <dialtone/base/sendable.hpp>

struct base {
  int number;
};
struct derived : base {
  int other;
};
struct message {
  derived value;
};

int main() { return dialtone::detail::check_sendable<message>(); }
