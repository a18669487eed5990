// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer: it would share memory with its sender
#include <dialtone/base/sendable.hpp>

struct point {
  int x;
};
struct message {
  int point::* member;
};

int main() { return dialtone::detail::check_sendable<message>(); }
