// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a function object or closure: nobody sees what memory it holds
// expects: std::function<void ()>
#include <functional>

#include <dialtone/base/sendable.hpp>

struct message {
  std::function<void()> callback;
};

int main() { return dialtone::detail::check_sendable<message>(); }
