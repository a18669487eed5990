// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: what a message shares by shared_ptr<const T> must be constant all through
#include <memory>

#include <dialtone/base/sendable.hpp>

using message = std::shared_ptr<const std::unique_ptr<int>>;

int main() { return dialtone::detail::check_sendable<message>(); }
