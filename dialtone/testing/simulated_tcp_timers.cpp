// SPDX-License-Identifier: Apache-2.0
// What is on its way, what of it is lost and sent again, and when it is given up; and what becomes of all that when
// hosts crash.
#include <dialtone/testing/simulated_tcp.hpp>

#include <algorithm>
#include <cerrno>

#include <dialtone/io/socket_option.hpp>

namespace dialtone::testing::simulated {

namespace {

// tcp(7), in Linux's defaults.
constexpr std::chrono::seconds keepalive_idle{7200};
constexpr std::chrono::seconds keepalive_interval{75};
constexpr int keepalive_probes = 9;

bool is_sent_once(const segment& of) {
  return of.kind == segment_kind::syn || of.kind == segment_kind::syn_ack || of.kind == segment_kind::reset;
}

duration seconds_of(const simulated_socket& socket, io::socket_option which, std::chrono::seconds otherwise) {
  const auto given = socket.options.number(which);
  return given ? std::chrono::seconds{*given} : otherwise;
}

}  // namespace

std::optional<end_place> simulated_tcp::find(const event_subject& subject) {
  simulated_connection* found = connections_.find({subject.slot, subject.generation});
  return found == nullptr ? std::nullopt : std::optional{end_place{*found, subject.side}};
}

// --- on its way ---

void simulated_tcp::transmit(end_place from, segment what) {
  simulated_end& own = from.own();
  what.sent = world_.now();
  if (!own.stalled && depart(from, what.data.size())) what.arrival = own.last_arrival;
  own.flight.push(std::move(what));
  arm(from);
}

// What nobody sends again by itself: a SYN is, by who connects, and makes its answer come again.
void simulated_tcp::transmit_once(end_place from, segment_kind kind) {
  simulated_end& own = from.own();
  if (kind == segment_kind::reset && own.stalled) {
    own.flight.clear();
    own.stalled = false;
  }
  if (own.path == nullptr || !own.path->passes())
    return world_.tell(network_event_kind::lost, own.host, from.peer().own().host, from.of.number);
  own.last_arrival = std::max(own.last_arrival, own.path->arrival(world_.now(), 0));
  own.flight.push({.sent = world_.now(), .arrival = own.last_arrival, .kind = kind});
  arm(from);
}

// Draws when it is there, behind all before it; false when it is lost.
bool simulated_tcp::depart(end_place from, std::size_t size) {
  simulated_end& own = from.own();
  if (own.path == nullptr || !own.path->passes()) {
    stall(from, world_.now());
    return false;
  }
  own.last_arrival = std::max(own.last_arrival, own.path->arrival(world_.now(), size));
  return true;
}

void simulated_tcp::stall(end_place from, time_point since) {
  from.own().stalled = true;
  world_.tell(network_event_kind::lost, from.own().host, from.peer().own().host, from.of.number);
  start_timer(from, since);
}

// One event for all that is on its way in a direction: of the first.
void simulated_tcp::arm(end_place from) {
  simulated_end& own = from.own();
  if (own.arrival_at != never || own.flight.empty() || own.flight.front().arrival == never) return;
  own.arrival_at = own.flight.front().arrival;
  world_.events.add(own.arrival_at, from.subject(event_kind::arrival));
}

void simulated_tcp::arrive(const event_subject& due) {
  const auto place = find(due);
  if (!place || place->own().arrival_at != world_.now()) return;
  const end_place from = *place;
  simulated_end& own = from.own();
  own.arrival_at = never;
  simulated_host& there = world_.host(from.peer().own().host);
  if (there.paused) {
    own.arrival_at = held;
    there.held.push_back(due);
    return start_timer(from, own.flight.empty() ? world_.now() : own.flight.front().sent);
  }
  if (!there.up || own.path->cut) return lose_flight(from);
  const connection_id id = from.of.id;
  time_point sent = world_.now();
  while (!own.flight.empty() && own.flight.front().arrival <= world_.now()) {
    segment next = own.flight.pop();
    sent = std::min(sent, next.sent);
    deliver(from, std::move(next));
  }
  acknowledge(from, sent);
  arm(from);
  if (from.of.id == id) retire(from.of);
}

void simulated_tcp::lose_flight(end_place from) {
  simulated_end& own = from.own();
  own.flight.erase_if(is_sent_once);
  if (own.stage != end_stage::open) own.flight.clear();
  for (segment& each : own.flight.all()) each.arrival = never;
  if (!own.flight.empty() && !own.stalled) stall(from, own.flight.front().sent);
}

// --- and back ---

bool simulated_tcp::hears_peer(end_place of) {
  const end_place peer = of.peer();
  return peer.own().path != nullptr && !peer.own().path->cut && world_.host(of.own().host).up;
}

void simulated_tcp::acknowledge(end_place from, time_point since) {
  simulated_end& own = from.own();
  if (own.stage != end_stage::open) return;
  own.unacknowledged = !hears_peer(from);
  if (own.unacknowledged) return start_timer(from, since);
  own.attempts = 0;
  own.unacknowledged_since = world_.now();
  if (!own.stalled) own.timer_at = never;
}

duration simulated_tcp::acknowledgement_limit(const simulated_end& of) const {
  const auto given = of.socket == nullptr ? std::nullopt : of.socket->options.number(io::option::user_timeout);
  if (!given || *given == 0) return world_.options.acknowledgement_limit;
  return std::chrono::milliseconds{*given};
}

// `since`: when what is not acknowledged was sent.
void simulated_tcp::start_timer(end_place of, time_point since) {
  simulated_end& own = of.own();
  if (own.timer_at != never || (own.stage != end_stage::open && own.stage != end_stage::connecting)) return;
  const network_options& options = world_.options;
  const bool connects = own.stage == end_stage::connecting;
  const duration first = connects ? options.connect_retry : options.retransmission_timeout;
  duration wait = first * (std::int64_t{1} << std::min<std::uint8_t>(own.attempts, 20));
  if (own.attempts == 0) own.unacknowledged_since = since;
  if (!connects) {
    const time_point last = own.unacknowledged_since + acknowledgement_limit(own);
    wait = std::min({wait, options.retransmission_limit, last - since});
  }
  own.timer_at = std::max(since + wait, world_.now() + duration{1});
  world_.events.add(own.timer_at, of.subject(event_kind::timer));
}

void simulated_tcp::run_timer(const event_subject& due) {
  const auto place = find(due);
  if (!place || place->own().timer_at != world_.now()) return;
  simulated_end& own = place->own();
  simulated_host& here = world_.host(own.host);
  if (here.paused) {
    own.timer_at = held;
    here.held.push_back(due);
    return;
  }
  own.timer_at = never;
  if (own.stage != end_stage::open && own.stage != end_stage::connecting) return;
  ++own.attempts;
  const bool connects = own.stage == end_stage::connecting;
  const bool gives_up = connects ? own.attempts > world_.options.connect_retries
                                 : world_.now() - own.unacknowledged_since >= acknowledgement_limit(own);
  // What was only said of the window is no reason to give up.
  const bool matters =
      connects || own.unacknowledged || own.arrival_at == held ||
      std::ranges::any_of(own.flight.all(), [](const segment& each) { return each.kind != segment_kind::window; });
  if (gives_up && matters) {
    world_.tell(network_event_kind::timed_out, own.host, place->peer().own().host, place->of.number);
    fail(*place, ETIMEDOUT);
    return retire(place->of);
  }
  if (own.attempts == 255) own.attempts = 20;
  if (connects)
    try_connect(*place);
  else
    send_again(*place);
}

void simulated_tcp::try_connect(end_place from) {
  transmit_once(from, segment_kind::syn);
  start_timer(from, world_.now());
}

void simulated_tcp::send_again(end_place from) {
  simulated_end& own = from.own();
  if (own.stalled) {
    own.stalled = false;
    for (segment& each : own.flight.all())
      if (each.arrival == never && !own.stalled && depart(from, each.data.size())) {
        each.sent = world_.now();
        each.arrival = own.last_arrival;
      }
    return arm(from);
  }
  if (!own.unacknowledged) return start_timer(from, world_.now());
  // It has all arrived, only the other end's answer has not.
  simulated_host& there = world_.host(from.peer().own().host);
  if (!own.path->passes() || !there.up || there.paused) return start_timer(from, world_.now());
  if (from.peer().own().stage == end_stage::gone) return transmit_once(from.peer(), segment_kind::reset);
  acknowledge(from, world_.now());
}

// --- keepalive ---

void simulated_tcp::set_keepalive(simulated_socket& socket) {
  const auto place = find(socket);
  if (!place || place->own().stage != end_stage::open || place->own().keepalive_at != never) return;
  if (socket.options.number(io::option::keepalive).value_or(0) == 0) return;
  simulated_end& own = place->own();
  own.keepalive_at = world_.now() + seconds_of(socket, io::option::keepalive_idle, keepalive_idle);
  world_.events.add(own.keepalive_at, place->subject(event_kind::keepalive));
}

void simulated_tcp::probe(const event_subject& due) {
  const auto place = find(due);
  if (!place || place->own().keepalive_at != world_.now()) return;
  simulated_end& own = place->own();
  simulated_host& here = world_.host(own.host);
  if (here.paused) {
    own.keepalive_at = held;
    here.held.push_back(due);
    return;
  }
  own.keepalive_at = never;
  if (own.socket == nullptr || own.socket->options.number(io::option::keepalive).value_or(0) == 0) return;
  const simulated_socket& socket = *own.socket;
  const time_point idle_at = own.last_heard + seconds_of(socket, io::option::keepalive_idle, keepalive_idle);
  const auto again = [&](time_point at) {
    own.keepalive_at = at;
    world_.events.add(at, due);
  };
  // What is to be sent again is asked for an answer already.
  if (idle_at > world_.now() || own.timer_at != never)
    return again(std::max(idle_at, world_.now() + std::chrono::seconds{1}));
  simulated_host& there = world_.host(place->peer().own().host);
  if (own.path->passes() && there.up && !there.paused && hears_peer(*place)) {
    if (place->peer().own().stage == end_stage::gone) return fail(*place, ECONNRESET);
    own.probes = 0;
    own.last_heard = world_.now();
    return again(world_.now() + seconds_of(socket, io::option::keepalive_idle, keepalive_idle));
  }
  if (own.probes++ < socket.options.number(io::option::keepalive_count).value_or(keepalive_probes))
    return again(world_.now() + seconds_of(socket, io::option::keepalive_interval, keepalive_interval));
  world_.tell(network_event_kind::timed_out, own.host, place->peer().own().host, place->of.number);
  fail(*place, ETIMEDOUT);
}

// --- hosts ---

void simulated_tcp::run_again(const event_subject& late) {
  const auto place = find(late);
  if (!place) return;
  simulated_end& own = place->own();
  time_point& at = late.kind == event_kind::arrival ? own.arrival_at
                   : late.kind == event_kind::timer ? own.timer_at
                                                    : own.keepalive_at;
  if (at != held) return;
  at = world_.now();
  world_.events.add(at, late);
}

void simulated_tcp::reset_between(host_id one, host_id other) {
  connections_.each([&](simulated_connection& each) {
    const host_id from = each.ends[0].host;
    const host_id to = each.ends[1].host;
    if (!(from == one && to == other) && !(from == other && to == one)) return;
    if (each.ends[0].stage == end_stage::connecting) return;  // there is none yet: it is tried again
    for (const std::uint8_t side : {0, 1}) {
      deliver_reset({each, side});
      each.ends[side].flight.clear();
      each.ends[side].arrival_at = never;
    }
    retire(each);
  });
}

void simulated_tcp::crash(host_id host) {
  connections_.each([&](simulated_connection& each) {
    for (const std::uint8_t side : {0, 1}) {
      simulated_end& own = each.ends[side];
      if (own.host != host || own.stage == end_stage::none) continue;
      own.stage = end_stage::gone;
      own.queued = false;
      own.socket = own.listener = nullptr;
      own.timer_at = own.keepalive_at = never;
      own.unacknowledged = false;
      own.incoming.clear();
      // What has left it is on its way still.
      own.flight.erase_if([](const segment& left) { return left.arrival == never; });
      own.stalled = false;
    }
    retire(each);
  });
}

}  // namespace dialtone::testing::simulated
