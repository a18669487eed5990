// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a class with private members, virtual functions or constructors of
// expects: std::any
#include <any>

#include <dialtone/base/sendable.hpp>

struct message {
  std::any value;
};

int main() { return dialtone::detail::check_sendable<message>(); }
