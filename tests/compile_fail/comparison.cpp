// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer: it would share memory with its sender
// expects: bool (*)(int, int)
#include <set>

#include <dialtone/base/sendable.hpp>

using message = std::set<int, bool (*)(int, int)>;

int main() { return dialtone::detail::check_sendable<message>(); }
