// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/seeds.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include <dialtone/testing/replay_command.hpp>
#include <dialtone/testing/trace_comparison.hpp>

namespace dialtone::testing {

namespace {

std::optional<std::uint64_t> variable(const char* name) {
  const char* set = std::getenv(name);
  if (set == nullptr || *set == '\0') return std::nullopt;
  const std::string_view text{set};
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc{} || end != text.end())
    throw std::invalid_argument{fmt::format("{}='{}' is not a number", name, text)};
  return number;
}

std::uint64_t run_once(const seed_options& options, const simulation_options& how, const scenario& run) {
  simulation made{how};
  run(made);
  if (options.failed && options.failed()) {
    made.print_report("the test has failed");
    throw simulation_failed{fmt::format("the test has failed with seed {}", how.seed)};
  }
  if (how.compared != nullptr) how.compared->end();
  return made.trace_hash();
}

// The first run has not failed: when the second one does, they differ, and where they part is what helps.
std::uint64_t run_again(const seed_options& options, const simulation_options& how, const scenario& run) {
  try {
    return run_once(options, how, run);
  } catch (...) {
    std::fprintf(stderr, "simulation: the first run of seed %llu has not failed\n%s",
                 static_cast<unsigned long long>(how.seed), how.compared->text().c_str());
    throw;
  }
}

[[noreturn]] void fail_by_difference(const simulation_options& how, const std::array<std::uint64_t, 2>& hashes) {
  std::string where = how.compared->text();
  if (where.empty()) where = fmt::format("they part after {} events\n", trace_comparison::event_limit);
  const std::string what =
      fmt::format("seed {} makes two different runs: {:016x} and {:016x}\n{}see it again: {}", how.seed, hashes[0],
                  hashes[1], where, detail::replay_command(how.seed, how.test));
  std::fprintf(stderr, "simulation failed: %s\n", what.c_str());
  throw simulation_failed{what};
}

void run_seed(const seed_options& options, std::uint64_t seed, const scenario& run, trace_comparison& comparison) {
  simulation_options how = options.simulation;
  how.seed = seed;
  if (!options.twice) return static_cast<void>(run_once(options, how, run));
  how.compared = &comparison;
  comparison.begin_first();
  const std::uint64_t hash = run_once(options, how, run);
  comparison.begin_second();
  const std::uint64_t again = run_again(options, how, run);
  if (again != hash) fail_by_difference(how, {hash, again});
}

}  // namespace

void for_each_seed(const seed_options& options, const scenario& run) {
  trace_comparison comparison;
  if (auto only = variable("DIALTONE_SEED")) return run_seed(options, *only, run, comparison);
  const std::uint64_t first = variable("DIALTONE_FIRST_SEED").value_or(options.first);
  const std::uint64_t count = variable("DIALTONE_SEEDS").value_or(options.count);
  if (count == 0) throw std::invalid_argument{"a scenario over no seeds shows nothing"};
  for (std::uint64_t done = 0; done < count; ++done) run_seed(options, first + done, run, comparison);
}

void for_each_seed(std::uint64_t count, const scenario& run) { for_each_seed(seed_options{.count = count}, run); }

std::uint64_t environment_seed(std::uint64_t otherwise) { return variable("DIALTONE_SEED").value_or(otherwise); }

}  // namespace dialtone::testing
