// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a unique_ptr with a deleter of its own
#include <cstdio>
#include <memory>

#include <dialtone/base/sendable.hpp>

struct message {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file;
};

int main() { return dialtone::detail::check_sendable<message>(); }
