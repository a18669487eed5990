// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a view (string_view, span): what it looks at stays with the sender
// expects: message, std::basic_string_view<char>, dialtone
#include <string_view>

#include <dialtone/base/sendable.hpp>

struct message {
  std::string_view name;
};

int main() { return dialtone::detail::check_sendable<message>(); }
