// SPDX-License-Identifier: Apache-2.0
// Which driver a runtime gets: what was asked for, tried on the running kernel. Any thread.
//
//   io::chosen_driver chosen = io::choose_driver(io::driver_choice::best);
//   log(chosen.description);                 // "io_uring (deferred completions, shared buffers)"
//   std::unique_ptr<io::driver> driver = chosen.make();
//
// The environment variable DIALTONE_IO, when it is set and not empty, says otherwise than the program: who runs it
// knows the machine. Programs that take arguments have a flag for it, with the same names:
//
//   std::vector<std::string_view> arguments(argv + 1, argv + argc);
//   const auto driver = io::take_driver_flag(arguments);      // --io uring, or --io=uring
//   if (!driver) ...                                          // a sentence for the user
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/io/driver.hpp>

namespace dialtone::io {

struct uring_options;

enum class driver_choice : std::uint8_t {
  epoll,
  io_uring,
  best,  ///< io_uring where a trial succeeds, else epoll
};

/// What the environment and the flag take, for a usage text. Beside them the names in the enumeration are known.
inline constexpr std::string_view driver_choice_names = "auto, uring or epoll";

/// `auto` or `best`, `uring` or `io_uring`, `epoll`; anything else is none.
std::optional<driver_choice> parse_driver_choice(std::string_view name);

/// Takes `--io NAME` and `--io=NAME` out of a program's arguments; the last of them counts. Without any it is
/// `otherwise`. The error says what was given and what could be; then nothing was taken out.
std::expected<driver_choice, std::string> take_driver_flag(std::vector<std::string_view>& arguments,
                                                           driver_choice otherwise = driver_choice::epoll);

struct chosen_driver {
  /// Makes one for each scheduler. Throws as make_epoll_driver and make_uring_driver do; of `best`, as the first.
  std::function<std::unique_ptr<driver>()> make;
  /// For the log: the driver, what the kernel can do for it, and why it is not the better one.
  std::string description;
};

/// Throws std::invalid_argument when DIALTONE_IO is something else, and std::system_error when io_uring was asked for
/// by name and the kernel refuses it: EPERM and ENOSYS (containers and hardened machines forbid it), ENOMEM, EINVAL
/// (older than Linux 6.0).
chosen_driver choose_driver(driver_choice wanted);
chosen_driver choose_driver(driver_choice wanted, const uring_options& options);
/// One driver of that choice.
std::unique_ptr<driver> make_driver(driver_choice wanted);

}  // namespace dialtone::io
