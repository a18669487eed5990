// SPDX-License-Identifier: Apache-2.0
#include <apps/serve_application.hpp>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include <apps/serve_tree.hpp>
#include <dialtone/base/assert.hpp>
#include <dialtone/net/info.hpp>
#include <dialtone/net/listener.hpp>
#include <dialtone/otp/async_many.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::apps {

namespace {

environment settings_of(const serve_options& options) {
  std::string services;
  for (const served& each : options.services) services += fmt::format("{} {}\n", to_string(each.what), url_of(each));
  return {{"services", services}, {"drain", std::chrono::duration<double>{options.drain}.count()}};
}

serve_options options_of(const environment& settings) {
  serve_sources sources{.flags = {{"drain", "drain", settings.text("drain")}}};
  const auto services = settings.get<std::string>("services");
  for (std::size_t begins = 0; begins < services.size();) {
    const std::size_t space = services.find(' ', begins);
    const std::size_t end = services.find('\n', space);
    sources.flags.push_back(
        {"services", services.substr(begins, space - begins), services.substr(space + 1, end - space - 1)});
    begins = end + 1;
  }
  auto options = serve_options_of(sources);
  DIALTONE_ASSERT(options.has_value(), "settings are those of options that were read");
  return *std::move(options);
}

supervisor_spec start_tree(const environment& settings) { return serve_tree(options_of(settings)); }

// The port that the system has found where none was asked for.
task<std::uint16_t> port_of_udp(pid server) {
  for (const net::socket_info& each : co_await net::info())
    if (each.owner == server && each.local) co_return each.local->port();
  co_return 0;
}

task<std::string> url_of_running(served each, pid server) {
  if (each.where.scheme() == endpoint_scheme::local) co_return url_of(each);
  const auto port = each.where.scheme() == endpoint_scheme::udp
                        ? co_await port_of_udp(server)
                        : (co_await listener_ref{server}.addresses()).front().port();
  co_return to_string(endpoint_url{each.where.scheme(), each.where.address()->with_port(port)});
}

// Who has started the program waits for these lines, so they leave at once.
task<> announce(environment settings) {
  const serve_options options = options_of(settings);
  const std::vector<std::string> names = names_of(options.services);
  std::string lines;
  for (std::size_t index = 0; index < names.size(); ++index) {
    const served& each = options.services[index];
    const pid server = whereis(names[index]).value_or(pid{});
    lines += fmt::format("listening {} {}\n", to_string(each.what), co_await url_of_running(each, server));
  }
  fmt::print("{}ready\n", lines);
  std::fflush(stdout);
  telemetry::emit(serve_ready);
}

task<std::size_t> drain_one(listener_ref listener, duration limit) { co_return co_await listener.drain(limit); }

// All at the same time: their connections share the time, and nobody new is let in meanwhile.
task<> drain_listeners(std::vector<pid> listeners, duration limit) {
  std::vector<async_task<std::size_t>> drains;
  for (const pid each : listeners) drains.push_back(async_nolink(drain_one, listener_ref{each}, limit));
  co_await yield_many(drains, infinity);
}

// What connections have sent before they ended, and the system has not taken yet.
task<> flush_sockets() {
  constexpr duration look_again = std::chrono::milliseconds{10};
  for (;;) {
    const auto sockets = co_await net::info();
    if (std::ranges::find(sockets, net::socket_state::closing, &net::socket_info::state) == sockets.end()) co_return;
    co_await sleep_for(look_again);
  }
}

task<> drain_all(std::vector<pid> listeners, duration limit) {
  co_await drain_listeners(std::move(listeners), limit);
  co_await flush_sockets();
}

task<> drain(environment settings) {
  const serve_options options = options_of(settings);
  const std::vector<std::string> names = names_of(options.services);
  std::vector<pid> listeners;
  for (std::size_t index = 0; index < names.size(); ++index)
    if (const auto process = whereis(names[index]);
        process && options.services[index].where.scheme() != endpoint_scheme::udp)
      listeners.push_back(*process);
  co_await with_deadline(options.drain, drain_all(std::move(listeners), options.drain));
}

}  // namespace

application serve_application(const serve_options& options) {
  return {.name = "serve",
          .start = start_tree,
          .settings = settings_of(options),
          .phases = {{.name = "announce", .run = announce}},
          .prepare_stop = drain};
}

std::string start_failure(const serve_options& options, const exit_reason& reason) {
  // Each supervisor on the way up has put its own words before the cause.
  constexpr std::string_view before_cause = "custom: ";
  const std::string_view text = reason.text();
  const std::size_t last = text.rfind(before_cause);
  std::string_view cause = last == std::string_view::npos ? text : text.substr(last + before_cause.size());
  if (constexpr std::string_view who = "listener: "; cause.starts_with(who)) cause.remove_prefix(who.size());
  for (const std::string& name : names_of(options.services))
    if (text.contains(fmt::format("'{}'", name))) return fmt::format("cannot serve {}: {}", name, cause);
  return std::string{text};
}

}  // namespace dialtone::apps
