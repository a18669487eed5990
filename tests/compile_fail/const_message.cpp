// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message is a plain value: not const, volatile, void, a function or a C array by itself
#include <string>

#include <dialtone/base/sendable.hpp>

using message = const std::string;

int main() { return dialtone::detail::check_sendable<message>(); }
