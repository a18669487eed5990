// SPDX-License-Identifier: Apache-2.0
// The configuration file of `dialtone serve` (TOML): its keys are the names of the flags.
//
//   echo = ["tcp://0.0.0.0:5555", "unix:/run/echo"]      # or one text
//   drain = 10
//   io = "auto"
//
// A key that is not known, a value of another type, and what is no TOML are errors with file, line and key.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <apps/serve_options.hpp>

namespace dialtone::apps {

/// A file that somebody has written; more is another kind of file.
inline constexpr std::size_t configuration_limit = 1024 * 1024;

/// Reads the file. Blocks, so before the runtime begins.
std::expected<std::vector<setting>, std::string> read_serve_file(const std::string& path);

/// The same of a text; `path` is for the messages.
std::expected<std::vector<setting>, std::string> parse_serve_file(std::string_view text, const std::string& path);

}  // namespace dialtone::apps
