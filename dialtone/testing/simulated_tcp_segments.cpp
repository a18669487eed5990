// SPDX-License-Identifier: Apache-2.0
// What comes of a segment that arrives.
#include <dialtone/testing/simulated_tcp.hpp>

#include <algorithm>
#include <cerrno>

#include <dialtone/base/bytes_builder.hpp>

namespace dialtone::testing::simulated {

namespace {

// More pieces than this are joined: small ones must not cost a multiple of what they hold.
constexpr std::size_t piece_limit = 256;

// How long Linux keeps a connection that has not said more than SYN (net.ipv4.tcp_synack_retries = 5).
constexpr duration forming_limit = std::chrono::seconds{63};

void join(simulated_end& of) {
  bytes_builder all{of.incoming_size};
  while (!of.incoming.empty()) all.append(of.incoming.pop());
  of.incoming.push(all.finish());
}

}  // namespace

void simulated_tcp::deliver(end_place from, segment what) {
  const end_place to = from.peer();
  to.own().last_heard = world_.now();
  switch (what.kind) {
    case segment_kind::syn:
      return deliver_syn(to);
    case segment_kind::syn_ack:
      return deliver_syn_ack(to);
    case segment_kind::acknowledgement:
      return deliver_acknowledgement(to);
    case segment_kind::data:
      return deliver_data(to, std::move(what.data));
    case segment_kind::end:
      return deliver_end(to);
    case segment_kind::window:
      return deliver_window(to, what.room);
    case segment_kind::reset:
      return deliver_reset(to);
  }
}

void simulated_tcp::deliver_syn(end_place to) {
  simulated_end& own = to.own();
  simulated_end& from = to.peer().own();
  // Sent again: because the answer was lost, or because who had it has crashed.
  if (own.stage == end_stage::forming) return transmit_once(to, segment_kind::syn_ack);
  if (own.stage == end_stage::open || from.stage != end_stage::connecting) return;
  world_.tell(network_event_kind::connect, from.host, own.host, to.of.number);
  simulated_socket* listener = world_.host(own.host).tcp.listener(own.name, from.name);
  if (listener == nullptr) {
    own.stage = end_stage::gone;
    world_.tell(network_event_kind::refused, own.host, from.host, to.of.number);
    return transmit_once(to, segment_kind::reset);
  }
  if (!has_room(*listener)) return world_.tell(network_event_kind::lost, from.host, own.host, to.of.number);
  own.stage = end_stage::forming;
  own.listener = listener;
  own.unacknowledged_since = world_.now();
  listener->listener->forming.push_back(to.of.id);
  transmit_once(to, segment_kind::syn_ack);
}

bool simulated_tcp::has_room(simulated_socket& listener) {
  simulated_socket::listening& waiting = *listener.listener;
  const auto is_full = [&] { return waiting.forming.size() + waiting.arrived.size() >= waiting.backlog; };
  if (!is_full()) return true;
  const std::vector<connection_id> forming = waiting.forming;
  for (const connection_id each : forming) {
    simulated_connection& old = *connections_.find(each);
    if (world_.now() - old.ends[1].unacknowledged_since < forming_limit) continue;
    forget_listener({old, 1});
    old.ends[1].stage = end_stage::gone;
    retire(old);
  }
  return !is_full();
}

void simulated_tcp::forget_listener(end_place of) {
  simulated_socket* listener = std::exchange(of.own().listener, nullptr);
  if (listener != nullptr) std::erase(listener->listener->forming, of.of.id);
}

void simulated_tcp::deliver_syn_ack(end_place to) {
  simulated_end& own = to.own();
  if (own.stage == end_stage::gone) return transmit_once(to, segment_kind::reset);
  if (own.stage != end_stage::connecting) return;
  own.timer_at = never;
  own.attempts = 0;
  open(to);
  transmit(to, {.kind = segment_kind::acknowledgement});
}

void simulated_tcp::open(end_place up) {
  simulated_end& own = up.own();
  own.stage = end_stage::open;
  own.was_open = true;
  if (own.socket == nullptr) return;
  set_keepalive(*own.socket);
  own.socket->notice();
}

void simulated_tcp::deliver_acknowledgement(end_place to) {
  simulated_end& own = to.own();
  if (own.stage == end_stage::gone) return transmit_once(to, segment_kind::reset);
  if (own.stage != end_stage::forming) return;
  simulated_socket* listener = own.listener;
  forget_listener(to);
  own.listener = listener;
  own.queued = true;
  open(to);
  world_.tell(network_event_kind::established, to.peer().own().host, own.host, to.of.number);
  listener->listener->arrived.push(to.of.id);
  listener->notice();
}

void simulated_tcp::deliver_data(end_place to, bytes data) {
  simulated_end& own = to.own();
  if (own.stage != end_stage::open || own.is_orphan()) {
    own.stage = end_stage::gone;
    return transmit_once(to, segment_kind::reset);
  }
  world_.tell(network_event_kind::data, to.peer().own().host, own.host, to.of.number, data.view());
  own.incoming_size += data.size();
  own.incoming.push(std::move(data));
  if (own.incoming.size() > piece_limit) join(own);
  if (own.socket != nullptr) own.socket->notice();
}

void simulated_tcp::deliver_end(end_place to) {
  simulated_end& own = to.own();
  if (own.stage == end_stage::gone) return transmit_once(to, segment_kind::reset);
  world_.tell(network_event_kind::end, to.peer().own().host, own.host, to.of.number);
  own.ended = true;
  to.peer().own().end_arrived = true;
  if (own.socket != nullptr) own.socket->notice();
  finish(to);
  finish(to.peer());
}

void simulated_tcp::deliver_window(end_place to, std::size_t room) {
  simulated_end& own = to.own();
  if (own.stage == end_stage::gone) return transmit_once(to, segment_kind::reset);
  own.used -= room;
  simulated_socket* writer = own.socket;
  if (writer == nullptr || writer->unsent.empty()) return;
  if (!writer->writes_ended) writer->sent += put(to, writer->unsent);
  if (!std::ranges::all_of(writer->unsent, &bytes::empty)) return;
  writer->unsent.clear();
  writer->notice();
}

void simulated_tcp::deliver_reset(end_place to) {
  const end_stage stage = to.own().stage;
  if (stage == end_stage::gone || stage == end_stage::none) return;
  world_.tell(network_event_kind::reset, to.peer().own().host, to.own().host, to.of.number);
  fail(to, stage == end_stage::connecting ? ECONNREFUSED : ECONNRESET);
}

void simulated_tcp::fail(end_place failed, int error) {
  simulated_end& own = failed.own();
  if (own.stage == end_stage::forming) forget_listener(failed);
  own.stage = end_stage::gone;
  own.error = error;
  own.flight.clear();
  own.stalled = own.unacknowledged = false;
  own.arrival_at = own.timer_at = own.keepalive_at = never;
  if (own.socket != nullptr) own.socket->notice();
}

// A connection that its user has closed is over when both have said their last.
void simulated_tcp::finish(end_place of) {
  simulated_end& own = of.own();
  if (own.is_orphan() && own.ended && own.end_arrived) own.stage = end_stage::gone;
}

void simulated_tcp::retire(simulated_connection& perhaps_over) {
  if (perhaps_over.ends[0].is_over() && perhaps_over.ends[1].is_over()) connections_.remove(perhaps_over);
}

}  // namespace dialtone::testing::simulated
