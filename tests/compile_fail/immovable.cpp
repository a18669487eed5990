// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message must be movable: it is moved into the receiver's mailbox
#include <memory>

#include <dialtone/base/sendable.hpp>

struct message {
  const std::unique_ptr<int> number;
};

int main() { return dialtone::detail::check_sendable<message>(); }
