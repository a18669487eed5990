// SPDX-License-Identifier: Apache-2.0
// The acceptor of an endpoint: takes one connection after the other, asks the manager where it goes, and hands it over
// before anything of it is armed. The listening socket is not its own: when it crashes, nobody in the backlog is lost.
#include <fmt/format.h>

#include <dialtone/net/connection_supervisor.hpp>
#include <dialtone/net/listener_manager.hpp>
#include <dialtone/net/net_events.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

namespace {

/// After an error that the next accept may have as well (accept(2) passes on those of the network).
constexpr duration pause_after_error = std::chrono::milliseconds{100};

void hand_over(const listener_manager::place& where, connection_seed seed) {
  const stream::socket socket = seed.socket;
  if (!where.supervisor) return socket.close();
  if (!socket.controlling_process(where.supervisor)) {  // who lists sockets may have closed it
    socket.close();
    return server<listener_manager>{where.counted_by}.cast(count_change::of(where.supervisor, where.refused, -1));
  }
  server<connection_supervisor>{where.supervisor}.cast(handed_over{std::move(seed), where.counted_by});
}

task<> after_error(net_error why, socket_address address) {
  if (why == net_error::closed) co_return;
  telemetry::emit(events::accept_failed, [&](telemetry::record& record) {
    record.tag("address", to_string(address));
    record.tag("error", std::string{why.code_name()});
  });
  log(log_level::warning, fmt::format("listener at {}: {}", address, why));
  co_await sleep_for(pause_after_error);
}

}  // namespace

process<> accept_connections(listener_part of, std::uint32_t endpoint) {
  const server<listener_manager> manager{of.others->manager()};
  for (;;) {
    const stream::listener listener = co_await manager.call(listener_manager::turn_request{endpoint}, infinity);
    auto accepted = co_await listener.accept();
    if (!accepted) {
      co_await after_error(accepted.error(), listener.local_address());
      continue;
    }
    const auto where = co_await manager.call(listener_manager::place_request{endpoint}, infinity);
    hand_over(where, {*accepted, of.spec->listen_on[endpoint], where.settings, where.refused});
  }
}

}  // namespace dialtone::detail
