// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a reference: it would share memory with its sender
// expects: std::reference_wrapper<int>
#include <functional>

#include <dialtone/base/sendable.hpp>

struct message {
  std::reference_wrapper<int> number;
};

int main() { return dialtone::detail::check_sendable<message>(); }
