// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a class with private members, virtual functions or constructors of
// expects: dialtone::enable_sendable
#include <dialtone/base/sendable.hpp>

struct message {
  explicit message(int n) : number(n) {}
  int number;
};

int main() { return dialtone::detail::check_sendable<message>(); }
