// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a reference: it would share memory with its sender
#include <dialtone/base/sendable.hpp>

using message = int&;

int main() { return dialtone::detail::check_sendable<message>(); }
