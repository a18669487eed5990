// SPDX-License-Identifier: Apache-2.0
// The name of a type as its source spells it, for reports and messages; anybody may use it. Static lifetime, no RTTI.
#pragma once

#include <string_view>

namespace dialtone {

template <class Type>
constexpr std::string_view type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  auto start = text.find("Type = ");
  if (start == std::string_view::npos) return text;
  text.remove_prefix(start + 7);
  auto end = text.find_last_of("];");
  return text.substr(0, end);
}

}  // namespace dialtone
