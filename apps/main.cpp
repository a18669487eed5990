// SPDX-License-Identifier: Apache-2.0
// dialtone: the program. Each subcommand is a file beside this one.
#include <CLI/CLI.hpp>
#include <exception>
#include <vector>

#include <fmt/core.h>

#include <apps/subcommand.hpp>

namespace {

constexpr const char* about = "Dialtone: network services of small isolated processes, supervised as on the BEAM.";

constexpr const char* examples = R"(Try:
  dialtone serve                                    chat, echo, hello and daytime, for this machine only
  telnet 127.0.0.1 5555                             talk to echo, in another terminal
  dialtone serve --echo tcp://0.0.0.0:7             echo alone, for everybody
  dialtone tree                                     which processes serve would start
  dialtone serve --help                             flags, environment, configuration file)";

int run(int count, char** words) {
  CLI::App program{about, "dialtone"};
  program.set_version_flag("--version", "dialtone " DIALTONE_VERSION, "which version this is");
  program.require_subcommand(1);
  program.footer(examples);
  const std::vector<dialtone::apps::subcommand> subcommands{dialtone::apps::add_serve(program),
                                                            dialtone::apps::add_tree(program)};
  try {
    program.parse(count, words);
  } catch (const CLI::ParseError& ended) {
    if (ended.get_exit_code() == 0) return program.exit(ended);  // --help and --version
    if (count > 1 && program.get_subcommands().empty() && *words[1] != '-')
      return dialtone::apps::fail(fmt::format("there is no subcommand '{}'; see dialtone --help", words[1]));
    return dialtone::apps::fail(fmt::format("{}; see dialtone --help", ended.what()));
  }
  for (const auto& each : subcommands)
    if (each.parsed->parsed()) return each.run();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count, words);
  } catch (const std::exception& failure) {
    return dialtone::apps::fail(failure.what());
  }
}
