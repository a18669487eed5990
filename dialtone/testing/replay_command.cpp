// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/replay_command.hpp>

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace dialtone::testing::detail {

namespace {

/// The folder of the build above this program, as seen from where it runs; empty outside of a build.
std::filesystem::path build_folder() {
  std::error_code failed;
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", failed);
  while (!folder.empty() && folder.has_relative_path()) {
    folder = folder.parent_path();
    if (std::filesystem::exists(folder / "CMakeCache.txt", failed)) {
      const std::filesystem::path below = folder.lexically_relative(std::filesystem::current_path(failed));
      return below.empty() || *below.begin() == ".." || below == "." ? folder : below;
    }
  }
  return {};
}

}  // namespace

std::string replay_command(std::uint64_t seed, std::string_view test) {
  const std::filesystem::path build = test.empty() ? std::filesystem::path{} : build_folder();
  if (build.empty()) return fmt::format("DIALTONE_SEED={} and the same command", seed);
  return fmt::format("DIALTONE_SEED={} ctest --test-dir {} -R '{}'", seed, build.string(), test);
}

}  // namespace dialtone::testing::detail
