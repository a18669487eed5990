// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a view (string_view, span): what it looks at stays with the sender
#include <initializer_list>

#include <dialtone/base/sendable.hpp>

using message = std::initializer_list<int>;

int main() { return dialtone::detail::check_sendable<message>(); }
