// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer: it would share memory with its sender
// expects: message, session *, dialtone::detail::found_in<message, std::vector<entry>, entry, std::optional<session *>>
#include <optional>
#include <vector>

#include <dialtone/base/sendable.hpp>

struct session {};
struct entry {
  std::optional<session*> owner;
};
struct message {
  std::vector<entry> entries;
};

int main() { return dialtone::detail::check_sendable<message>(); }
