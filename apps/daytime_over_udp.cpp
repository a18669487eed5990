// SPDX-License-Identifier: Apache-2.0
#include <apps/daytime_over_udp.hpp>

#include <dialtone/net/udp.hpp>
#include <dialtone/protocols/daytime/server.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>

namespace dialtone::apps {

process<> daytime_over_udp(start_ticket ticket, socket_address where, std::string name) {
  trap_exit();
  auto socket = co_await udp::open({.address = to_string(where.ip()), .port = where.port()});
  if (!socket) exit(exit_reason::custom_text(to_string(socket.error())));
  const pid server = spawn_link({.name = std::move(name)}, daytime::serve_udp, *socket);
  if (auto given = socket->controlling_process(server); !given)
    exit(exit_reason::custom_text(to_string(given.error())));
  ticket.started();
  exit((co_await receive<exited>()).reason);
}

}  // namespace dialtone::apps
