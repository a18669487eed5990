// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer: it would share memory with its sender
#include <cstddef>

#include <dialtone/base/sendable.hpp>

using message = std::nullptr_t;

int main() { return dialtone::detail::check_sendable<message>(); }
