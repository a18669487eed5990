// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer: it would share memory with its sender
// expects: message, const char *, dialtone::detail::found_in<message>
#include <dialtone/base/sendable.hpp>

struct message {
  int size;
  const char* text;
};

int main() { return dialtone::detail::check_sendable<message>(); }
