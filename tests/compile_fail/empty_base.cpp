// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not have a base class: make the base a member
#include <dialtone/base/sendable.hpp>

struct tag {};
struct message : tag {
  int number;
};

int main() { return dialtone::detail::check_sendable<message>(); }
