// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a class with private members, virtual functions or constructors of
// expects: message, secret, dialtone
#include <dialtone/base/sendable.hpp>

class secret {
  [[maybe_unused]] int number_ = 0;
};
struct message {
  secret value;
};

int main() { return dialtone::detail::check_sendable<message>(); }
