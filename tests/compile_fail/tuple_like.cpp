// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the members of this aggregate cannot be listed
#include <cstddef>
#include <tuple>
#include <type_traits>

#include <dialtone/base/sendable.hpp>

struct message {
  int number;
};
template <>
struct std::tuple_size<message> : std::integral_constant<std::size_t, 1> {};

int main() { return dialtone::detail::check_sendable<message>(); }
