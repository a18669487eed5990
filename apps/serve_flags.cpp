// SPDX-License-Identifier: Apache-2.0
#include <apps/serve_flags.hpp>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include <apps/serve_file.hpp>

namespace dialtone::apps {

namespace {

struct service_flag {
  service what;
  const char* help;
};
constexpr service_flag service_flags[] = {
    {service::chat, "chat: one room; what one says goes to all others"},
    {service::echo, "echo: what is sent comes back"},
    {service::echo_line, "echo, line by line"},
    {service::hello, "hello: a greeting, and the end"},
    {service::daytime, "daytime: what time it is (RFC 867)"},
};

struct option_flag {
  const char* name;
  const char* value;
  const char* help;
};
constexpr option_flag option_flags[] = {
    {"drain", "SECONDS", "how long connections may go on after SIGTERM or SIGINT (default: 5)"},
    {"schedulers", "N", "threads that run processes (default: one for each processor)"},
    {"io", "DRIVER", "how they wait for the network: auto, uring or epoll (default: epoll)"},
    {"log-level", "LEVEL", "debug, info, warning, error, critical or off (default: info)"},
};

constexpr const char* footer =
    R"(A URL is tcp://HOST:PORT, udp://HOST:PORT (daytime only) or unix:PATH. HOST is an IP address, IPv6 in brackets;
0.0.0.0 or [::] is every interface. Port 0 is any free one. A flag for a service may be repeated, and serves it at
several places. Without any: chat at tcp://127.0.0.1:4000, echo at 5555, hello at 4001, daytime at 4013 (TCP and UDP).

The file is TOML, and its keys are the names of the flags:
  echo = ["tcp://0.0.0.0:5555", "unix:/run/echo"]
  drain = 10
A flag counts before the environment, that before the file. The environment: PORT is the port of echo, unless flags
name services; DIALTONE_IO is --io.)";

std::vector<setting> settings_of_environment() {
  std::vector<setting> result;
  auto add = [&](const char* variable, const char* key) {
    const char* text = std::getenv(variable);
    if (text != nullptr && *text != '\0') result.push_back({variable, key, text});
  };
  add("PORT", "port");
  add("DIALTONE_IO", "io");
  return result;
}

}  // namespace

void add_serve_flags(CLI::App& command, const std::shared_ptr<serve_flags>& flags) {
  command.add_option("--config", flags->configuration, "a configuration file (TOML)")->option_text("FILE");
  for (const service_flag& each : service_flags) {
    const std::string key{to_string(each.what)};
    auto add = [flags, key](const std::string& text) { flags->said.push_back({"--" + key, key, text}); };
    command.add_option_function<std::string>("--" + key, add, each.help)
        ->option_text("URL ...")
        ->group("Services")
        ->trigger_on_parse()
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  for (const option_flag& each : option_flags) {
    const std::string key = each.name;
    auto add = [flags, key](const std::string& text) { flags->said.push_back({"--" + key, key, text}); };
    command.add_option_function<std::string>("--" + key, add, each.help)->option_text(each.value);
  }
  command.footer(footer);
}

std::expected<serve_options, std::string> read_serve_options(const serve_flags& flags) {
  serve_sources sources{.environment = settings_of_environment(), .flags = flags.said};
  if (!flags.configuration.empty()) {
    auto file = read_serve_file(flags.configuration);
    if (!file) return std::unexpected{file.error()};
    sources.file = *std::move(file);
  }
  return serve_options_of(sources);
}

}  // namespace dialtone::apps
