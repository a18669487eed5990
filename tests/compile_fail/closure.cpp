// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a function object or closure: nobody sees what memory it holds
// expects: lambda at
#include <dialtone/base/sendable.hpp>

using message = decltype([count = 0](int step) { return count + step; });

int main() { return dialtone::detail::check_sendable<message>(); }
