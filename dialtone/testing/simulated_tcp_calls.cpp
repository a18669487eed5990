// SPDX-License-Identifier: Apache-2.0
// What the calls of a driver do to connections.
#include <dialtone/testing/simulated_tcp.hpp>

#include <algorithm>
#include <cerrno>

#include <dialtone/base/bytes_builder.hpp>
#include <dialtone/io/receive_buffers.hpp>

namespace dialtone::testing::simulated {

std::optional<end_place> simulated_tcp::find(const simulated_socket& socket) {
  simulated_connection* found = connections_.find(socket.with);
  return found == nullptr ? std::nullopt : std::optional{end_place{*found, socket.side}};
}

int simulated_tcp::listen(simulated_socket& socket, std::size_t backlog) {
  if (socket.with) return EINVAL;
  if (socket.listener == nullptr) socket.listener = std::make_unique<simulated_socket::listening>();
  socket.listener->backlog = std::clamp<std::size_t>(backlog, 1, world_.options.backlog_limit);
  return 0;
}

void simulated_tcp::connect(simulated_socket& socket, const endpoint& to) {
  simulated_connection& made = connections_.add();
  socket.with = made.id;
  socket.side = 0;
  const std::optional<host_id> there = world_.find(to.ip, socket.host);
  auto& [own, peer] = made.ends;
  own.host = socket.host;
  own.stage = end_stage::connecting;
  own.name = socket.local;
  own.socket = &socket;
  peer.name = {.ip = to.ip.is_unspecified() ? ip_address::loopback(to.ip.family()) : to.ip, .port = to.port};
  if (there) {
    peer.host = *there;
    own.path = &world_.path(own.host, peer.host);
    peer.path = &world_.path(peer.host, own.host);
  } else {
    peer.host = own.host;
  }
  try_connect({made, 0});
}

bool simulated_tcp::is_connecting(const simulated_socket& socket) {
  const auto place = find(socket);
  return place && place->own().stage == end_stage::connecting;
}

bool simulated_tcp::is_connected(const simulated_socket& socket) {
  const auto place = find(socket);
  return place && place->own().stage == end_stage::open;
}

int simulated_tcp::take_failure(simulated_socket& socket) {
  const auto place = find(socket);
  if (!place || place->own().stage != end_stage::gone || place->own().was_open) return 0;
  const int error = std::exchange(place->own().error, 0);
  place->own().socket = nullptr;
  socket.with = {};
  retire(place->of);
  return error;
}

std::optional<endpoint> simulated_tcp::peer_name(const simulated_socket& socket) {
  if (!is_connected(socket)) return std::nullopt;
  return find(socket)->peer().own().name;
}

std::unique_ptr<simulated_socket> simulated_tcp::accept(simulated_socket& listener) {
  if (listener.listener->arrived.empty()) return nullptr;
  const connection_id next = listener.listener->arrived.pop();
  auto made = std::make_unique<simulated_socket>();
  simulated_end& own = connections_.find(next)->ends[1];
  own.queued = false;
  own.listener = nullptr;
  own.socket = made.get();
  made->kind = listener.kind;
  made->is_v6 = listener.is_v6;
  made->side = 1;
  made->host = listener.host;
  made->incarnation = listener.incarnation;
  made->local = own.name;
  made->with = next;
  made->options = listener.options;
  set_keepalive(*made);
  return made;
}

bool simulated_tcp::receive(simulated_socket& socket, io::result& done) {
  done = {};
  const auto place = find(socket);
  if (!place || place->own().stage == end_stage::connecting) {
    done.error = ENOTCONN;
    return true;
  }
  simulated_end& own = place->own();
  if (!own.incoming.empty()) {
    done.data = take(*place);
    return true;
  }
  if (own.error != 0) {
    done.error = std::exchange(own.error, 0);
    own.ended = true;
  }
  return own.ended || own.stage == end_stage::gone || socket.reads_ended;
}

bytes simulated_tcp::take(end_place to) {
  simulated_end& own = to.own();
  bytes taken;
  if (own.incoming.size() == 1 && own.incoming_size <= io::receive_buffers::size) {
    taken = own.incoming.pop();
  } else {
    const std::size_t count = std::min(own.incoming_size, io::receive_buffers::size);
    bytes_builder all{count};
    while (all.size() < count) {
      bytes& front = own.incoming.front();
      const std::size_t part = std::min(front.size(), count - all.size());
      all.append(front.first(part));
      if (part == front.size())
        own.incoming.pop();
      else
        front = front.drop(part);
    }
    taken = all.finish();
  }
  own.incoming_size -= taken.size();
  own.read += taken.size();
  // Said when it is worth it: as kernels do, which wait for half of the window (RFC 9293, section 3.8.6.2.2).
  if (own.read >= world_.options.receive_window / 2 && own.stage == end_stage::open && !own.ended)
    transmit(to, {.room = std::exchange(own.read, 0), .kind = segment_kind::window});
  return taken;
}

bool simulated_tcp::send(simulated_socket& socket, std::span<bytes> pieces, std::size_t limit, io::result& done) {
  done = {};
  const auto place = find(socket);
  if (!place || place->own().stage == end_stage::connecting) {
    done.error = ENOTCONN;
  } else if (int& error = place->own().error; error != 0) {
    done.error = std::exchange(error, 0);
    place->own().ended = true;
  } else if (socket.writes_ended || place->own().stage == end_stage::gone) {
    done.error = EPIPE;
  }
  if (done.error == 0) socket.sent += put(*place, pieces, limit);
  done.sent = socket.sent;
  return done.error != 0 || std::ranges::all_of(pieces, &bytes::empty);
}

// Takes what there is room for from the front of the pieces. Where a segment ends has nothing to do with where a piece
// does; the pieces of a segment arrive together.
std::size_t simulated_tcp::put(end_place from, std::span<bytes> pieces, std::size_t limit) {
  simulated_end& own = from.own();
  const std::size_t window = world_.options.receive_window;
  std::size_t left = 0;
  for (const bytes& each : pieces) left += each.size();
  left = std::min({left, limit, window - std::min(window, own.used)});
  const std::size_t taken = left;
  own.used += taken;
  std::size_t segment_left = 0;
  for (bytes& piece : pieces) {
    while (!piece.empty() && left != 0) {
      if (segment_left == 0) {
        segment_left = own.path->segment(left);
        if (!own.stalled) depart(from, segment_left);
      }
      const std::size_t part = std::min(piece.size(), segment_left);
      bytes rest = part == piece.size() ? bytes{} : piece.drop(part);
      own.flight.push({.sent = world_.now(),
                       .arrival = own.stalled ? never : own.last_arrival,
                       .data = part == piece.size() ? std::move(piece) : piece.first(part)});
      piece = std::move(rest);
      segment_left -= part;
      left -= part;
    }
  }
  arm(from);
  return taken;
}

int simulated_tcp::shutdown(simulated_socket& socket, io::shutdown_how how) {
  if (!is_connected(socket)) return ENOTCONN;
  const end_place place = *find(socket);
  if (how != io::shutdown_how::write) socket.reads_ended = true;
  if (how != io::shutdown_how::read && !std::exchange(socket.writes_ended, true) &&
      !std::exchange(place.own().end_sent, true))
    transmit(place, {.kind = segment_kind::end});
  socket.notice();
  return 0;
}

void simulated_tcp::close(simulated_socket& socket) {
  if (socket.listener != nullptr) stop_listening(socket);
  const auto place = find(socket);
  if (!place) return;
  simulated_end& own = place->own();
  own.socket = nullptr;
  if (own.stage == end_stage::connecting) {
    own.stage = end_stage::gone;
  } else if (own.stage == end_stage::open) {
    // TCP resets a connection whose end goes away with data that it has not read: the sender must not take it for read
    // (RFC 2525, section 2.17).
    if (socket.options.resets_at_close() || !own.incoming.empty()) {
      own.stage = end_stage::gone;
      transmit_once(*place, segment_kind::reset);
    } else if (!std::exchange(own.end_sent, true)) {
      transmit(*place, {.kind = segment_kind::end});
    }
    own.incoming.clear();
    finish(*place);
  }
  retire(place->of);
}

void simulated_tcp::stop_listening(simulated_socket& socket) {
  const auto listening = std::move(socket.listener);
  const auto reset = [this](connection_id id) {
    simulated_connection& over = *connections_.find(id);
    over.ends[1].queued = false;
    over.ends[1].listener = nullptr;
    const bool is_known = over.ends[1].stage != end_stage::gone;
    over.ends[1].stage = end_stage::gone;
    if (is_known) transmit_once({over, 1}, segment_kind::reset);
    retire(over);
  };
  for (const connection_id each : listening->forming) reset(each);
  while (!listening->arrived.empty()) reset(listening->arrived.pop());
}

}  // namespace dialtone::testing::simulated
