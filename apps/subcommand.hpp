// SPDX-License-Identifier: Apache-2.0
// A subcommand of the program: a file adds it to the command line, and main runs the one that was asked for.
#pragma once

#include <functional>
#include <string_view>

namespace CLI {
class App;
}

namespace dialtone::apps {

struct subcommand {
  CLI::App* parsed;          ///< whether it was asked for
  std::function<int()> run;  ///< what main returns; called once, when the command line has been read
};

subcommand add_serve(CLI::App& program);
subcommand add_tree(CLI::App& program);

/// What goes wrong is told so, on standard error; what main returns then.
int fail(std::string_view sentence);

}  // namespace dialtone::apps
