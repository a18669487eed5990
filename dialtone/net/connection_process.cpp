// SPDX-License-Identifier: Apache-2.0
// The process of a connection: what comes before its handler, and then the handler, in the same process.
#include <dialtone/net/listener_parts.hpp>
#include <dialtone/net/net_events.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

std::coroutine_handle<> become::await_suspend(std::coroutine_handle<> now) {
  const std::coroutine_handle<> next = std::move(next_).release();
  calling_process().frame = next;
  now.destroy();  // with this object
  return next;
}

namespace {

// Tells the end of a connection. A resource of its process, which is released before the socket, so that is still there
// to be asked; whatever functions the process has become meanwhile.
class connection_watch : owned_resource {
 public:
  static void begin(stream::socket socket) {
    auto* made = new connection_watch{socket};
    made->own(calling_process().owned);
  }

 private:
  explicit connection_watch(stream::socket socket) : socket_{socket}, begun_{now()}, process_{self()} {
    release = &ended;
    if (const auto known = socket.local_address()) address_ = to_string(*known);
    if (const auto known = socket.peer_address()) peer_ = to_string(*known);
    telemetry::emit(events::connection_start, [this](telemetry::record& record) { tag(record); });
  }

  static void ended(owned_resource& owned, scheduler& home) {
    const std::unique_ptr<connection_watch> watch{&static_cast<connection_watch&>(owned)};
    const process_block* process = home.slots.find(watch->process_);
    home.state.telemetry.emit(events::connection_stop, [&](telemetry::record& record) {
      watch->tag(record);
      record.tag("reason", to_string(process != nullptr && process->has(doomed) ? process->details->doom
                                                                                : exit_reason{exit_reason::normal}));
      record.measure("duration", home.now() - watch->begun_);
      if (const auto* found = socket_table::of(home).find<stream_socket>(watch->socket_.name()))
        measure(record, found->statistics());
    });
  }
  void tag(telemetry::record& record) const {
    record.tag("pid", to_string(process_));
    record.tag("address", address_);
    record.tag("peer", peer_);
  }
  static void measure(telemetry::record& record, const stream_statistics& of) {
    record.measure("received_bytes", of.received_bytes);
    record.measure("received_packets", of.received_packets);
    record.measure("sent_bytes", of.sent_bytes);
    record.measure("sent_packets", of.sent_packets);
  }

  stream::socket socket_;
  time_point begun_;
  pid process_;
  std::string address_;
  std::string peer_;
};

}  // namespace

process<> run_connection(connection_seed seed) {
  // What a proxy says of the connection (PROXY protocol) comes before the transport's handshake, and has its place
  // here.
  auto ready = co_await seed.from.handshake(seed.socket, seed.settings->handshake_timeout);
  if (!ready) {
    telemetry::emit(events::connection_handshake_failed, [&](telemetry::record& record) {
      record.tag("pid", to_string(self()));
      record.tag("error", to_string(ready.error()));
    });
    co_return;
  }
  if (telemetry::hub().may_want(events::connection_start) || telemetry::hub().may_want(events::connection_stop))
    connection_watch::begin(*ready);
  const connection_settings& settings = *seed.settings;
  const connection_spec serve = seed.refused ? *settings.refusal : settings.serve;
  co_await become{serve->begin(*ready, settings.idle_timeout)};
}

}  // namespace dialtone::detail
