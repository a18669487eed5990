// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/system_error.hpp>

#include <cstring>

namespace dialtone::io {

namespace {

std::string_view text_of(const char* found) { return found == nullptr ? std::string_view{} : found; }

}  // namespace

// glibc 2.32 and newer.
std::string_view error_name(int code) { return text_of(::strerrorname_np(code)); }
std::string_view error_text(int code) { return text_of(::strerrordesc_np(code)); }

}  // namespace dialtone::io
