// SPDX-License-Identifier: Apache-2.0
// What `dialtone serve` is told: which services listen where, and how. Three sources say it: a configuration file,
// the environment, and the flags of the command line. A flag counts before the environment, that before the file, and
// that before the default. Pure: whoever reads a source hands over what it has found there.
//
// Where a source names services, it names all: those of the sources before it are forgotten. But PORT, which says where
// platforms expect a program to listen, only replaces the port of the first TCP endpoint of echo, and is not looked at
// when flags name services.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/base/time.hpp>
#include <dialtone/io/driver_choice.hpp>
#include <dialtone/net/endpoint_url.hpp>
#include <dialtone/runtime/log.hpp>

namespace dialtone::apps {

enum class service : std::uint8_t { chat, echo, echo_line, hello, daytime };
inline constexpr service all_services[] = {service::chat, service::echo, service::echo_line, service::hello,
                                           service::daytime};
/// Its flag without "--", and its key in a file: "echo-line".
std::string_view to_string(service what);

struct served {
  service what = service::echo;
  endpoint_url where;  ///< with an address
  friend bool operator==(const served&, const served&) = default;
};

/// The URL as it can be read again: of a path its bytes, which are no control characters.
std::string url_of(const served& each);

/// Chat, echo, hello and daytime on the machine itself, on ports that nobody needs a privilege for.
std::vector<served> default_services();

struct serve_options {
  std::vector<served> services = default_services();
  duration drain = std::chrono::seconds{5};
  std::uint32_t schedulers = 0;  ///< 0: one for each processor
  io::driver_choice io = io::driver_choice::epoll;
  log_level level = log_level::info;
  friend bool operator==(const serve_options&, const serve_options&) = default;
};

/// Endpoints of all services: more is a mistake in whatever has written the configuration.
inline constexpr std::size_t served_limit = 256;
/// Who waits longer for a connection wants no end.
inline constexpr std::chrono::hours drain_limit{24};
inline constexpr std::uint32_t scheduler_limit = 255;

/// What a source says, as text, and where it does, for the messages: "--drain", "PORT", "dialtone.toml:3: drain".
struct setting {
  std::string origin;
  std::string key;  ///< a flag's name without "--", or "port"
  std::string text;
  friend bool operator==(const setting&, const setting&) = default;
};
/// Beside the services: "drain", "schedulers", "io", "log-level".
std::span<const std::string_view> option_keys();
bool is_service(std::string_view key);

struct serve_sources {
  std::vector<setting> file = {};
  std::vector<setting> environment = {};
  std::vector<setting> flags = {};
};
/// The error is a sentence that begins with the origin.
std::expected<serve_options, std::string> serve_options_of(const serve_sources& sources);

}  // namespace dialtone::apps
