// SPDX-License-Identifier: Apache-2.0
// What GoogleTest prints of Dialtone's values when a comparison fails: "killed" in place of the bytes of an
// exit_reason. For a test's own sources: include it in all of a program that compare such values, or in none.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone {

class start_error;
class child_error;
enum class child_state : std::uint8_t;
std::string to_string(const start_error& error);
std::string to_string(const child_error& error);
std::string to_string(child_state state);

// The name is GoogleTest's, which finds them by their argument.
inline void PrintTo(pid process, std::ostream* out) { *out << to_string(process); }
inline void PrintTo(const exit_reason& reason, std::ostream* out) { *out << to_string(reason); }
inline void PrintTo(const start_error& error, std::ostream* out) { *out << to_string(error); }
inline void PrintTo(const child_error& error, std::ostream* out) { *out << to_string(error); }
inline void PrintTo(child_state state, std::ostream* out) { *out << to_string(state); }

}  // namespace dialtone
