// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer: it would share memory with its sender
// expects: message, void (*)(), dialtone
#include <dialtone/base/sendable.hpp>

struct message {
  void (*function)();
};

int main() { return dialtone::detail::check_sendable<message>(); }
