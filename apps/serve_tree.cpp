// SPDX-License-Identifier: Apache-2.0
#include <apps/serve_tree.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <apps/daytime_over_udp.hpp>
#include <dialtone/base/assert.hpp>
#include <dialtone/net/listener.hpp>
#include <dialtone/protocols/chat/server.hpp>
#include <dialtone/protocols/daytime/server.hpp>
#include <dialtone/protocols/echo/server.hpp>
#include <dialtone/protocols/hello/server.hpp>

namespace dialtone::apps {

namespace {

// What a connection has still to send when it ends has as long as a drain, if that is longer than the default: else a
// drain would wait for connections that have given up before. A system that keeps much for a reader of chat takes the
// next part only when much of that has gone, and until then who reads slowly looks like who has stopped.
socket_options connection_options(const served& each, const serve_options& options) {
  constexpr std::chrono::seconds default_linger{5};
  constexpr std::size_t chat_send_buffer = std::size_t{64} * 1024;
  socket_options chosen;
  if (options.drain > default_linger) chosen.linger = options.drain;
  if (each.what == service::chat) chosen.send_buffer = chat_send_buffer;
  return chosen;
}

endpoint endpoint_of(const served& each, const serve_options& options) {
  const socket_address where = *each.where.address();
  socket_options connections = connection_options(each, options);
  if (each.where.scheme() == endpoint_scheme::tcp)
    return endpoint::tcp(
        {.address = to_string(where.ip()), .port = where.port(), .connections = std::move(connections)});
  return endpoint::local(
      {.path = url_of(each).substr(std::string_view{"unix:"}.size()), .connections = std::move(connections)});
}

connection_spec connection_of(service what, const chat::room& room) {
  switch (what) {
    case service::chat:
      return connection(chat::serve, room);
    case service::echo:
      return connection(echo::serve);
    case service::echo_line:
      return connection(echo::serve_lines, echo::line_limit);
    case service::hello:
      return connection(hello::serve, hello::options{});
    case service::daytime:
      return connection(daytime::serve);
  }
  DIALTONE_ASSERT(false, "a service is one of all_services");
}

child_spec child_of(const served& each, const std::string& name, const serve_options& options, const chat::room& room) {
  if (each.where.scheme() == endpoint_scheme::udp) return child(name, daytime_over_udp, *each.where.address(), name);
  return child(name, listener_spec{.listen_on = {endpoint_of(each, options)},
                                   .serve = connection_of(each.what, room),
                                   .shutdown = options.drain,
                                   .spawn = {.name = name}});
}

}  // namespace

std::vector<std::string> names_of(const std::vector<served>& services) {
  std::vector<std::string> names;
  for (const served& each : services) {
    const std::string text = fmt::format("{} {}", to_string(each.what), url_of(each));
    std::string name = text;
    for (int copy = 2; std::ranges::find(names, name) != names.end(); ++copy) name = fmt::format("{} ({})", text, copy);
    names.push_back(std::move(name));
  }
  return names;
}

supervisor_spec serve_tree(const serve_options& options) {
  const std::vector<std::string> names = names_of(options.services);
  const chat::room lobby;
  // Without the room its listeners are nothing: they are started again behind it.
  supervisor_spec chat{
      .strategy = supervisor_strategy::rest_for_one, .intensity = 3, .children = {child("room", lobby)}};
  supervisor_spec tree{.intensity = 3};
  for (std::size_t index = 0; index < names.size(); ++index) {
    const served& each = options.services[index];
    (each.what == service::chat ? chat : tree).children.push_back(child_of(each, names[index], options, lobby));
  }
  if (chat.children.size() > 1) tree.children.insert(tree.children.begin(), child("chat", std::move(chat)));
  return tree;
}

}  // namespace dialtone::apps
