// SPDX-License-Identifier: Apache-2.0
// Names of hosts as text: what may be one, and in which form two are the same. Pure; for everybody.
//
//   name = label { "." label } [ "." ]         label = 1 to 63 letters, digits, "-" and "_"      253 characters at most
//
// A name whose last label begins with a digit and is a number is refused (RFC 3696, 2: no domain ends so): the system
// would read "127.1" and "0x7f.1" as addresses that nobody has checked. Names beyond ASCII come in their ACE form.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dialtone {

inline constexpr std::size_t host_name_limit = 253;
inline constexpr std::size_t host_label_limit = 63;

/// In small letters, with its last dot if it has one (that name is complete and searched for nowhere else). Empty: no
/// name of a host.
std::optional<std::string> host_name_of(std::string_view text);

/// "localhost" and all names below it, which never leave the machine (RFC 6761, 6.3).
bool is_localhost(std::string_view host);

}  // namespace dialtone
