// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message is a plain value: not const, volatile, void, a function or a C array by itself
// expects: volatile int
#include <dialtone/base/sendable.hpp>

struct message {
  volatile int number;
};

int main() { return dialtone::detail::check_sendable<message>(); }
