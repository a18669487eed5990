// SPDX-License-Identifier: Apache-2.0
// dialtone tree: draws the supervision tree that serve would start.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include <fmt/core.h>

#include <apps/serve_flags.hpp>
#include <apps/serve_tree.hpp>
#include <apps/subcommand.hpp>

namespace dialtone::apps {

subcommand add_tree(CLI::App& program) {
  CLI::App* command = program.add_subcommand("tree", "draws the supervision tree that serve would start");
  auto flags = std::make_shared<serve_flags>();
  add_serve_flags(*command, flags);
  return {command, [flags] {
            const auto options = read_serve_options(*flags);
            if (!options) return fail(options.error());
            fmt::print("{}", sketch(serve_tree(*options)));
            return 0;
          }};
}

}  // namespace dialtone::apps
