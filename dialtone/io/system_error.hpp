// SPDX-License-Identifier: Apache-2.0
// Names and texts of the system's error codes (errno(3)). Any thread; the texts live for ever and are in English.
#pragma once

#include <string_view>

namespace dialtone::io {

/// "ECONNREFUSED" of ECONNREFUSED; empty for a number that is no code.
std::string_view error_name(int code);
/// "Connection refused"; empty for a number that is no code.
std::string_view error_text(int code);

}  // namespace dialtone::io
