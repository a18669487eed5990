// SPDX-License-Identifier: Apache-2.0
// The flags of `dialtone serve` and `dialtone tree`, which are the same, with their help; and the options that flags,
// environment and configuration file come to.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include <apps/serve_options.hpp>

namespace CLI {
class App;
}

namespace dialtone::apps {

/// What the flags of one command line have said.
struct serve_flags {
  std::vector<setting> said = {};
  std::string configuration = {};  ///< the path of a file; empty: none
};

/// Adds the flags to a subcommand, which fills `flags` when it is parsed.
void add_serve_flags(CLI::App& command, const std::shared_ptr<serve_flags>& flags);

/// Reads the configuration file and the environment (PORT, DIALTONE_IO). The error is a sentence.
std::expected<serve_options, std::string> read_serve_options(const serve_flags& flags);

}  // namespace dialtone::apps
