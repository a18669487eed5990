// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a shared_ptr to non-const: two processes could write to one object
// expects: std::shared_ptr<int>
#include <memory>

#include <dialtone/base/sendable.hpp>

struct message {
  std::shared_ptr<int> count;
};

int main() { return dialtone::detail::check_sendable<message>(); }
