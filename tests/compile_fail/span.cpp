// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a view (string_view, span): what it looks at stays with the sender
// expects: std::span<int>
#include <span>

#include <dialtone/base/sendable.hpp>

struct message {
  std::span<int> numbers;
};

int main() { return dialtone::detail::check_sendable<message>(); }
