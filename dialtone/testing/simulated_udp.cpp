// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_udp.hpp>

#include <algorithm>
#include <cerrno>

#include <dialtone/base/bytes_builder.hpp>
#include <dialtone/io/datagram_option.hpp>
#include <dialtone/io/receive_buffers.hpp>
#include <dialtone/io/socket_option.hpp>

namespace dialtone::testing::simulated {

namespace {

// 65,535 less the headers of UDP, and of IPv4, whose length counts them too (RFC 768, RFC 791, RFC 8200).
constexpr std::size_t v4_limit = 65'507;
constexpr std::size_t v6_limit = 65'527;
// UDP_MAX_SEGMENTS of Linux.
constexpr std::size_t segments_limit = 64;
// What each counts against a buffer besides its bytes, so that empty ones come to an end too.
constexpr std::size_t overhead = 256;

constexpr std::uint8_t usual_ttl = 64;

std::optional<int> number(const simulated_socket& socket, const io::ip_option& which, bool is_v6) {
  return socket.options.number(is_v6 ? which.v6 : which.v4);
}

bool is_asked_for(const simulated_socket& socket, const io::ip_option& which) {
  return number(socket, which, false).value_or(0) != 0 || number(socket, which, true).value_or(0) != 0;
}

simulated_datagram with_header(const simulated_socket& socket, const endpoint& to,
                               const io::datagram_ancillary& asked) {
  const bool is_v6 = to.ip.is_v6();
  const io::ip_option& ttl = to.ip.is_multicast() ? io::option::multicast_ttl : io::option::ttl;
  const int hops = number(socket, ttl, is_v6).value_or(to.ip.is_multicast() ? 1 : usual_ttl);
  return {.to = to,
          .tos = asked.tos.value_or(static_cast<std::uint8_t>(number(socket, io::option::tos, is_v6).value_or(0))),
          .ttl = asked.ttl.value_or(static_cast<std::uint8_t>(hops))};
}

simulated_datagram take(simulated_socket::datagrams& from) {
  simulated_datagram next = from.arrived.pop();
  from.held -= next.data.size() + overhead;
  return next;
}

// As UDP_GRO: those that wait behind it, of the same sender and as long, and one that is shorter as the last. What it
// returns is how long each is; 0: there is none to join.
std::uint16_t join_train(simulated_socket::datagrams& waiting, simulated_datagram& first, std::size_t room) {
  const std::size_t part = first.data.size();
  const auto fits = [&](const simulated_datagram& next, std::size_t joined) {
    const bool is_of_train = next.from == first.from && next.to == first.to && next.tos == first.tos;
    return is_of_train && next.ttl == first.ttl && !next.data.empty() && next.data.size() <= part &&
           joined + next.data.size() <= room;
  };
  if (waiting.arrived.empty() || !fits(waiting.arrived.front(), part)) return 0;
  bytes_builder all;
  all.append(first.data);
  std::size_t last = part;
  for (std::size_t count = 1; count < segments_limit && last == part && !waiting.arrived.empty(); ++count) {
    if (!fits(waiting.arrived.front(), all.size())) break;
    const simulated_datagram next = take(waiting);
    last = next.data.size();
    all.append(next.data);
  }
  first.data = all.finish();
  return static_cast<std::uint16_t>(part);
}

}  // namespace

bool simulated_udp::receive(simulated_socket& socket, io::datagram_operation& waiting, io::result& done) {
  simulated_socket::datagrams& own = *socket.udp;
  done = {.error = std::exchange(own.error, 0)};
  if (done.error != 0) return true;
  if (own.arrived.empty()) return false;
  simulated_datagram next = take(own);
  const std::size_t room = std::min(waiting.room, io::receive_buffers::size);
  const bool joins = socket.options.number(io::option::joins_datagrams).value_or(0) != 0;
  // A train is a datagram to the kernel, and no longer than one.
  const std::size_t longest = std::min(room, next.to.ip.is_v6() ? v6_limit : v4_limit);
  const std::uint16_t part = joins ? join_train(own, next, longest) : 0;
  waiting.got = {.source = to_name(next.from, socket.is_v6), .truncated = next.data.size() > room};
  waiting.got.ancillary.segment_size = part;
  if (is_asked_for(socket, io::option::receives_tos)) waiting.got.ancillary.tos = next.tos;
  if (is_asked_for(socket, io::option::receives_ttl)) waiting.got.ancillary.ttl = next.ttl;
  done.data = waiting.got.truncated ? next.data.first(room) : std::move(next.data);
  return true;
}

int simulated_udp::send(simulated_socket& socket, const endpoint& to, const io::outgoing_datagram& what) {
  const std::size_t size = what.data.size();
  const std::size_t part =
      what.ancillary.segment_size == 0 ? std::max<std::size_t>(size, 1) : what.ancillary.segment_size;
  if (size > (to.ip.is_v6() ? v6_limit : v4_limit)) return EMSGSIZE;
  if (size > part * segments_limit) return EINVAL;
  if (to.ip.is_broadcast() && socket.options.number(io::option::broadcast).value_or(0) == 0) return EACCES;
  const auto source = world_.source_address(socket.host, to.ip);
  if (!source) return ENETUNREACH;
  simulated_datagram sent = with_header(socket, to, what.ancillary);
  sent.from = {socket.local.ip.is_unspecified() ? *source : socket.local.ip, socket.local.port};
  const bool to_all = to.ip.is_broadcast() || to.ip.is_multicast();
  const bool to_itself =
      to.ip.is_broadcast() || number(socket, io::option::multicast_loop, to.ip.is_v6()).value_or(1) != 0;
  for (std::size_t at = 0; at == 0 || at < size; at += part) {
    sent.data = what.data.slice(at, std::min(part, size - at));
    if (!to_all) {
      if (const auto there = world_.find(to.ip, socket.host)) launch(socket.host, *there, sent);
      continue;
    }
    for (std::size_t each = 0; each < world_.host_count(); ++each)
      if (const auto there = static_cast<host_id>(each); there != socket.host || to_itself)
        launch(socket.host, there, sent);
  }
  return 0;
}

void simulated_udp::join(simulated_socket& socket, const ip_address& group, bool joins) {
  std::erase(socket.udp->groups, group);
  if (joins) socket.udp->groups.push_back(group);
}

void simulated_udp::launch(host_id from, host_id to, const simulated_datagram& what) {
  simulated_path& path = world_.path(from, to);
  for (int copies = path.duplicates() ? 2 : 1; copies > 0; --copies) {
    if (!path.passes()) {
      world_.tell(network_event_kind::datagram_lost, from, to, 0, what.data.view());
      continue;
    }
    time_point arrival = path.arrival(world_.now(), what.data.size());
    if (path.reorders())
      arrival = path.arrival(arrival, 0);
    else
      arrival = path.last_datagram = std::max(arrival, path.last_datagram);
    add({.from = from, .to = to, .what = what}, arrival);
  }
}

void simulated_udp::add(flight added, time_point arrival) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(flights_.size()));
    flights_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  flights_[slot] = std::move(added);
  world_.events.add(arrival, {.kind = event_kind::datagram, .slot = slot});
}

void simulated_udp::arrive(const event_subject& due) {
  flight& next = flights_[due.slot];
  simulated_host& there = world_.host(next.to);
  if (there.paused) return there.held.push_back(due);
  const flight arrived = std::exchange(next, {});
  free_.push_back(due.slot);
  if (!there.up || world_.path(arrived.from, arrived.to).cut) {
    if (!arrived.refusal)
      world_.tell(network_event_kind::datagram_lost, arrived.from, arrived.to, 0, arrived.what.data.view());
  } else if (arrived.refusal) {
    tell_sender(arrived);
  } else {
    deliver(arrived);
  }
}

void simulated_udp::deliver(const flight& arrived) {
  const std::vector<simulated_socket*> found = receivers(arrived);
  const ip_address& ip = arrived.what.to.ip;
  if (ip.is_broadcast() || ip.is_multicast()) {
    for (simulated_socket* each : found) put(*each, arrived);
  } else if (found.empty()) {
    refuse(arrived);
  } else {
    const endpoint& from = arrived.what.from;
    put(*found[(from.ip.low_bits() * 31 + from.port) % found.size()], arrived);
  }
}

// Those that it is for; of a datagram to one host, those that name it the most exactly.
std::vector<simulated_socket*> simulated_udp::receivers(const flight& arrived) {
  const endpoint& to = arrived.what.to;
  const bool to_all = to.ip.is_broadcast() || to.ip.is_multicast();
  std::vector<simulated_socket*> found;
  int best = 0;
  world_.host(arrived.to).udp.each(to.port, [&](simulated_socket& socket) {
    if (socket.udp->peer && *socket.udp->peer != arrived.what.from) return;
    if (to.ip.is_multicast() && std::ranges::find(socket.udp->groups, to.ip) == socket.udp->groups.end()) return;
    const bool is_reached =
        to_all ? socket.local.ip.is_unspecified() || socket.local.ip == to.ip : takes(socket, to.ip);
    if (!is_reached) return;
    const int exactness = to_all ? 0 : (socket.udp->peer ? 2 : 0) + (socket.local.ip == to.ip ? 1 : 0);
    if (exactness > best) found.clear();
    best = std::max(best, exactness);
    if (exactness == best) found.push_back(&socket);
  });
  return found;
}

void simulated_udp::put(simulated_socket& socket, const flight& arrived) {
  simulated_socket::datagrams& own = *socket.udp;
  const std::size_t cost = arrived.what.data.size() + overhead;
  const bool fits = own.held + cost <= world_.options.datagram_buffer;
  world_.tell(fits ? network_event_kind::datagram : network_event_kind::datagram_lost, arrived.from, arrived.to, 0,
              arrived.what.data.view());
  if (!fits) return;
  own.held += cost;
  own.arrived.push(arrived.what);
  socket.notice();
}

// ICMP's "port unreachable": who has sent it from a connected socket is told (udp(7)).
void simulated_udp::refuse(const flight& arrived) {
  world_.tell(network_event_kind::datagram_lost, arrived.from, arrived.to, 0, arrived.what.data.view());
  simulated_path& back = world_.path(arrived.to, arrived.from);
  if (!back.passes()) return;
  flight refusal{.from = arrived.to, .to = arrived.from, .refusal = true, .what = arrived.what};
  refusal.what.data = {};
  add(std::move(refusal), back.arrival(world_.now(), 0));
}

void simulated_udp::tell_sender(const flight& refusal) {
  world_.host(refusal.to).udp.each(refusal.what.from.port, [&](simulated_socket& socket) {
    if (socket.udp->peer != refusal.what.to) return;
    socket.udp->error = ECONNREFUSED;
    socket.notice();
  });
}

}  // namespace dialtone::testing::simulated
