// SPDX-License-Identifier: Apache-2.0
#include <apps/serve_options.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include <dialtone/protocols/chat/protocol.hpp>
#include <dialtone/protocols/daytime/protocol.hpp>
#include <dialtone/protocols/echo/protocol.hpp>
#include <dialtone/protocols/hello/protocol.hpp>

namespace dialtone::apps {

namespace {

using problem = std::optional<std::string>;

endpoint_url loopback(endpoint_scheme scheme, std::uint16_t port) {
  return {scheme, socket_address{ip_address::v4(127, 0, 0, 1), port}};
}

std::optional<service> service_named(std::string_view name) {
  for (const service what : all_services)
    if (to_string(what) == name) return what;
  return std::nullopt;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [last, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc{} || last != text.end()) return std::nullopt;
  return value;
}

// They would break the lines in which serve says where it listens.
bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

problem add_service(serve_options& options, service what, std::string_view text) {
  auto where = endpoint_url::parse(text);
  if (!where) return fmt::format("'{}': {}", text, to_string(where.error()));
  if (!where->address())
    return fmt::format("'{}': serve listens at addresses, and '{}' is a name", text, where->host());
  if (where->scheme() == endpoint_scheme::udp && what != service::daytime)
    return fmt::format("'{}': {} is served by tcp:// and unix:, and by UDP only daytime is", text, to_string(what));
  if (has_control_character(text)) return fmt::format("'{}': there is a control character in the path", *where);
  if (options.services.size() == served_limit) return fmt::format("there are more than {} endpoints", served_limit);
  options.services.push_back({what, *std::move(where)});
  return std::nullopt;
}

problem set_port(serve_options& options, std::string_view text) {
  const auto port = number_of<std::uint16_t>(text);
  if (!port) return fmt::format("'{}' is no port, which is a number from 0 to 65535", text);
  for (served& each : options.services) {
    if (each.what != service::echo || each.where.scheme() != endpoint_scheme::tcp) continue;
    each.where = each.where.with_port(*port);
    break;
  }
  return std::nullopt;
}

problem set_drain(serve_options& options, std::string_view text) {
  const auto seconds = number_of<double>(text);
  constexpr std::chrono::duration<double> most = drain_limit;
  // In this form: what is not a number is not in the range either.
  if (!seconds || !(*seconds >= 0 && *seconds <= most.count()))
    return fmt::format("'{}' is no number of seconds from 0 to {}", text, most.count());
  options.drain = std::chrono::round<duration>(std::chrono::duration<double>{*seconds});
  return std::nullopt;
}

problem set_schedulers(serve_options& options, std::string_view text) {
  const auto count = number_of<std::uint32_t>(text);
  if (!count || *count > scheduler_limit)
    return fmt::format("'{}' is no number from 0 (one for each processor) to {}", text, scheduler_limit);
  options.schedulers = *count;
  return std::nullopt;
}

problem set_io(serve_options& options, std::string_view text) {
  const auto choice = io::parse_driver_choice(text);
  if (!choice) return fmt::format("'{}' is not {}", text, io::driver_choice_names);
  options.io = *choice;
  return std::nullopt;
}

problem set_level(serve_options& options, std::string_view text) {
  constexpr std::array<std::string_view, 6> names{"debug", "info", "warning", "error", "critical", "off"};
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return fmt::format("'{}' is not one of {}", text, fmt::join(names, ", "));
  options.level = static_cast<log_level>(found - names.begin());
  return std::nullopt;
}

struct known_option {
  std::string_view key;
  problem (*set)(serve_options&, std::string_view text);
};
constexpr std::array known_options{known_option{"drain", set_drain}, known_option{"schedulers", set_schedulers},
                                   known_option{"io", set_io}, known_option{"log-level", set_level},
                                   known_option{"port", set_port}};

problem apply(serve_options& options, const setting& said) {
  if (const auto what = service_named(said.key)) return add_service(options, *what, said.text);
  const auto* found = std::ranges::find(known_options, said.key, &known_option::key);
  return found->set(options, said.text);
}

bool names_services(const std::vector<setting>& source) {
  return std::ranges::any_of(source, [](const setting& said) { return is_service(said.key); });
}

}  // namespace

std::string_view to_string(service what) {
  switch (what) {
    case service::chat:
      return "chat";
    case service::echo:
      return "echo";
    case service::echo_line:
      return "echo-line";
    case service::hello:
      return "hello";
    case service::daytime:
      return "daytime";
  }
  return "?";
}

std::string url_of(const served& each) {
  const socket_address address = *each.where.address();
  if (each.where.scheme() != endpoint_scheme::local) return to_string(each.where);
  return address.is_abstract() ? fmt::format("unix:@{}", address.abstract_name())
                               : fmt::format("unix:{}", address.path());
}

std::vector<served> default_services() {
  return {{service::chat, loopback(endpoint_scheme::tcp, chat::default_port)},
          {service::echo, loopback(endpoint_scheme::tcp, echo::default_port)},
          {service::hello, loopback(endpoint_scheme::tcp, hello::default_port)},
          {service::daytime, loopback(endpoint_scheme::tcp, daytime::unprivileged_port)},
          {service::daytime, loopback(endpoint_scheme::udp, daytime::unprivileged_port)}};
}

std::span<const std::string_view> option_keys() {
  static constexpr std::array<std::string_view, 4> keys{"drain", "schedulers", "io", "log-level"};
  return keys;
}

bool is_service(std::string_view key) { return service_named(key).has_value(); }

std::expected<serve_options, std::string> serve_options_of(const serve_sources& sources) {
  serve_options options;
  for (const auto* source : {&sources.file, &sources.environment, &sources.flags}) {
    if (names_services(*source)) options.services.clear();
    for (const setting& said : *source) {
      if (said.key == "port" && names_services(sources.flags)) continue;
      if (auto wrong = apply(options, said)) return std::unexpected{fmt::format("{}: {}", said.origin, *wrong)};
    }
  }
  return options;
}

}  // namespace dialtone::apps
