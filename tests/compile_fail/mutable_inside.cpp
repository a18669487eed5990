// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: what a message shares by shared_ptr<const T> must be constant all through
// expects: message, counter, dialtone::detail::found_in<message, std::shared_ptr<const counter>>
#include <memory>

#include <dialtone/base/sendable.hpp>

struct counter {
  mutable int count;
};
struct message {
  std::shared_ptr<const counter> shared;
};

int main() { return dialtone::detail::check_sendable<message>(); }
