// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not be aligned to more than 16 bytes
#include <dialtone/runtime/send.hpp>

struct alignas(32) message {
  char text[32];
};

void tell(dialtone::pid other) { dialtone::send(other, message{}); }
