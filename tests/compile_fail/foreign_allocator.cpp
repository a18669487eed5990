// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a container with an allocator of its own
#include <memory_resource>
#include <vector>

#include <dialtone/base/sendable.hpp>

struct message {
  std::pmr::vector<int> numbers;
};

int main() { return dialtone::detail::check_sendable<message>(); }
