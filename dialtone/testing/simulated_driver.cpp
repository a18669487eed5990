// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_driver.hpp>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

#include <dialtone/io/datagram_option.hpp>
#include <dialtone/io/socket_option.hpp>
#include <dialtone/testing/simulated_stack.hpp>

namespace dialtone::testing {

using simulated::endpoint;
using simulated::no_limit;
using simulated::simulated_socket;

simulated_driver::simulated_driver(simulated::simulated_stack& stack, host_id host, fault_source* faults)
    : faults{faults}, stack_{stack}, host_{host}, own_{stack.world.host(host)}, incarnation_{own_.incarnation} {}

simulated_driver::~simulated_driver() {
  sources_.each([this](source& left, io::handle) { leave(stack_, *left.socket); });
}

bool simulated_driver::is_dead() const { return !own_.up || own_.incarnation != incarnation_; }

// --- sockets ---

std::expected<io::handle, int> simulated_driver::open(io::socket_kind kind) {
  if (is_dead()) return std::unexpected{ENETDOWN};
  const io::socket_kind v4 = io::stream_kind(simulated::to_name({}, false));
  const io::socket_kind v6 = io::stream_kind(simulated::to_name({}, true));
  if (kind.family != v4.family && kind.family != v6.family) return std::unexpected{EAFNOSUPPORT};
  const bool has_datagrams = kind.type == io::datagram_kind(simulated::to_name({}, false)).type;
  if (kind.type != v4.type && !has_datagrams) return std::unexpected{EINVAL};
  if (const int error = why_not_open(); error != 0) return std::unexpected{error};
  const bool is_v6 = kind.family == v6.family;
  auto made = std::make_unique<simulated_socket>();
  made->kind = kind;
  made->is_v6 = is_v6;
  made->host = host_;
  made->incarnation = incarnation_;
  if (has_datagrams) made->udp = std::make_unique<simulated_socket::datagrams>();
  made->local.ip = ip_address::any(is_v6 ? ip_family::v6 : ip_family::v4);
  return join(std::move(made));
}

io::handle simulated_driver::join(std::unique_ptr<simulated_socket> socket) {
  const io::handle joined = sources_.add(0);
  socket->owner = this;
  socket->self = joined;
  sources_.find(joined)->socket = std::move(socket);
  return joined;
}

simulated_socket* simulated_driver::find(io::handle of) {
  const source* found = sources_.find(of);
  return found == nullptr ? nullptr : found->socket.get();
}

int simulated_driver::why_not(const simulated_socket* socket) const {
  return socket == nullptr ? EBADF : is_dead() ? ENETDOWN : 0;
}

int simulated_driver::bind(io::handle of, const io::socket_name& local) {
  simulated_socket* found = find(of);
  if (const int error = why_not(found); error != 0) return error;
  const auto named = simulated::to_endpoint(local);
  if (!named || found->bound || (named->ip.is_v6() && !found->is_v6)) return EINVAL;
  if (local.internet()->is_v6 != found->is_v6) return EINVAL;
  if (!stack_.world.is_local(named->ip, host_)) return EADDRNOTAVAIL;
  return bind(*found, *named);
}

int simulated_driver::bind(simulated_socket& socket, const endpoint& local) {
  const network_options& options = stack_.world.options;
  return (socket.udp ? own_.udp : own_.tcp).bind(socket, local, options.first_port, options.last_port);
}

int simulated_driver::listen(io::handle of, int backlog) {
  simulated_socket* found = find(of);
  if (const int error = why_not(found); error != 0) return error;
  if (found->udp) return EOPNOTSUPP;
  if (!found->bound)
    if (const int error = bind(*found, found->local); error != 0) return error;
  return stack_.tcp.listen(*found, static_cast<std::size_t>(std::max(backlog, 1)));
}

int simulated_driver::shutdown(io::handle of, io::shutdown_how how) {
  simulated_socket* found = find(of);
  if (const int error = why_not(found); error != 0) return error;
  if (found->udp) return found->udp->peer ? 0 : ENOTCONN;
  return stack_.tcp.shutdown(*found, how);
}

int simulated_driver::set_option(io::handle of, io::socket_option which, std::span<const std::byte> value) {
  simulated_socket* found = find(of);
  if (const int error = why_not(found); error != 0) return error;
  const auto membership = found->udp ? io::to_membership(which, value) : std::nullopt;
  if (membership) {
    const auto group = simulated::to_endpoint(io::socket_name::of_internet(membership->group));
    if (!group->ip.is_multicast()) return EINVAL;
    stack_.udp.join(*found, group->ip, membership->joins);
    return 0;
  }
  const int error = found->options.set(found->kind, which, value);
  if (error == 0) stack_.tcp.set_keepalive(*found);
  return error;
}

std::expected<std::size_t, int> simulated_driver::option(io::handle of, io::socket_option which,
                                                         std::span<std::byte> value) {
  const simulated_socket* found = find(of);
  if (found == nullptr) return std::unexpected{EBADF};
  return found->options.get(found->kind, which, value);
}

std::expected<io::socket_name, int> simulated_driver::local_name(io::handle of) {
  const simulated_socket* found = find(of);
  if (found == nullptr) return std::unexpected{EBADF};
  return simulated::to_name(found->local, found->is_v6);
}

std::expected<io::socket_name, int> simulated_driver::peer_name(io::handle of) {
  const simulated_socket* found = find(of);
  if (const int error = why_not(found); error != 0) return std::unexpected{error};
  const auto peer = found->udp ? found->udp->peer : stack_.tcp.peer_name(*found);
  if (!peer) return std::unexpected{ENOTCONN};
  return simulated::to_name(*peer, found->is_v6);
}

// --- operations ---

bool simulated_driver::begin(const source* found, const io::operation* other, io::result& done) const {
  if (found == nullptr || other != nullptr) return !io::refused(found, done);
  done = {.error = why_not(found->socket.get())};
  return done.error == 0;
}

bool simulated_driver::accept(io::handle listener, io::operation& waiting, io::result& done) {
  source* found = sources_.find(listener);
  if (!begin(found, found == nullptr ? nullptr : found->reader, done)) return true;
  if (found->socket->listener == nullptr) {
    done = {.error = EINVAL};
    return true;
  }
  const bool tried = may_be_done();
  if (tried && try_accept(*found->socket, done)) return true;
  found->what = reading::connections;
  return wait(found->reader, waiting, listener, tried);
}

// What the system has no room for stays in the backlog.
bool simulated_driver::try_accept(simulated_socket& listener, io::result& done) {
  if (listener.listener->arrived.empty()) return false;
  done = {.error = why_not_accept()};
  if (done.error != 0) return true;
  done.accepted = join(stack_.tcp.accept(listener));
  return true;
}

bool simulated_driver::connect(io::handle from, const io::socket_name& to, io::operation& waiting, io::result& done) {
  source* found = sources_.find(from);
  if (!begin(found, found == nullptr ? nullptr : found->writer, done)) return true;
  simulated_socket& socket = *found->socket;
  const auto there = reachable(socket, to);
  if (is_writing(socket))
    done.error = EALREADY;
  else if (socket.with || socket.listener != nullptr)
    done.error = EISCONN;
  else if (!there)
    done.error = EAFNOSUPPORT;
  else
    done.error = socket.udp ? connect_datagrams(socket, *there) : choose_name(socket, there->ip);
  if (done.error != 0 || socket.udp) return true;
  stack_.tcp.connect(socket, *there);
  return io::wait(found->writer, waiting, from);
}

std::optional<endpoint> simulated_driver::reachable(const simulated_socket& socket, const io::socket_name& name) {
  const auto there = simulated::to_endpoint(name);
  if (!there || (there->ip.is_v6() && !socket.is_v6)) return std::nullopt;
  // ::ffff:1.2.3.4 is of IPv6 for who has IPv4 only; datagrams of a socket of IPv6 may be sent to either form.
  const bool is_own_form = name.internet()->is_v6 == socket.is_v6;
  return is_own_form || (socket.udp && socket.is_v6) ? there : std::nullopt;
}

// As connect(2) does for who has no address, or all of them.
int simulated_driver::choose_name(simulated_socket& socket, const ip_address& to) {
  const auto source = stack_.world.source_address(host_, to);
  if (!source) return ENETUNREACH;
  if (!socket.bound) {
    if (DIALTONE_FAULT_POINT(*this, fault_points::connect_no_port)) return EADDRNOTAVAIL;
    if (const int error = bind(socket, {*source, 0}); error != 0) return error;
  }
  if (socket.local.ip.is_unspecified()) socket.local.ip = *source;
  return 0;
}

bool simulated_driver::receive(io::handle from, io::operation& waiting, io::result& done) {
  source* found = sources_.find(from);
  if (!begin(found, found == nullptr ? nullptr : found->reader, done)) return true;
  if (found->socket->udp) return no_datagrams(done);
  const bool tried = may_be_done();
  if (tried && stack_.tcp.receive(*found->socket, done)) return true;
  found->what = reading::stream;
  return wait(found->reader, waiting, from, tried);
}

bool simulated_driver::send(io::handle to, std::span<bytes> pieces, io::operation& waiting, io::result& done) {
  source* found = sources_.find(to);
  if (!begin(found, found == nullptr ? nullptr : found->writer, done)) return true;
  simulated_socket& socket = *found->socket;
  if (socket.udp) return no_datagrams(done);
  // What a cancelled send has left goes out first, by itself.
  if (is_writing(socket)) return io::refused(found, done);
  socket.sent = 0;
  const std::size_t limit = send_limit(pieces);
  if (stack_.tcp.send(socket, pieces, limit, done)) return true;
  socket.unsent.assign(std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
  return wait(found->writer, waiting, to, limit == no_limit);
}

std::size_t simulated_driver::sent_so_far(io::handle of) const {
  const source* found = sources_.find(of);
  return found == nullptr ? 0 : found->socket->sent;
}

bool simulated_driver::is_writing(simulated_socket& socket) {
  return !socket.unsent.empty() || stack_.tcp.is_connecting(socket);
}

// --- completions ---

void simulated_driver::notice(io::handle of) {
  source* found = sources_.find(of);
  if (found == nullptr || (found->reader == nullptr && found->socket->unsent.empty() && found->writer == nullptr))
    return;
  if (std::exchange(found->noticed, true)) return;
  const bool first = ready_.empty();
  ready_.push_back(of);
  if (first && own_.on_ready) own_.on_ready();
}

bool simulated_driver::try_read(source& from, io::result& done) {
  switch (from.what) {
    case reading::stream:
      return stack_.tcp.receive(*from.socket, done);
    case reading::connections:
      return try_accept(*from.socket, done);
    case reading::datagrams:
      return stack_.udp.receive(*from.socket, static_cast<io::datagram_operation&>(*from.reader), done);
  }
  return false;
}

bool simulated_driver::go_on_writing(simulated_socket& socket, io::result& done) {
  if (stack_.tcp.is_connecting(socket)) return false;
  if (const int failure = stack_.tcp.take_failure(socket); failure != 0) {
    done = {.error = failure};
    return true;
  }
  const std::size_t limit = send_limit(socket.unsent);
  if (!stack_.tcp.send(socket, socket.unsent, limit, done)) {
    if (limit != no_limit) notice(socket.self);
    return false;
  }
  socket.unsent.clear();
  return true;
}

void simulated_driver::serve(io::handle of) {
  const auto tell = [](io::operation*& waiting, io::result done) {
    io::operation& told = *std::exchange(waiting, nullptr);
    told.in_flight = false;
    told.complete(told, std::move(done));
  };
  source* found = sources_.find(of);
  if (found == nullptr) return;
  found->noticed = false;
  if (is_dead()) return;
  io::result done;
  if (found->reader != nullptr && try_read(*found, done)) tell(found->reader, std::move(done));
  found = sources_.find(of);
  if (found == nullptr || (found->writer == nullptr && found->socket->unsent.empty())) return;
  io::result written;
  if (go_on_writing(*found->socket, written) && found->writer != nullptr) tell(found->writer, std::move(written));
}

// Those that are noticed meanwhile are for the next poll, as with the kernel's.
void simulated_driver::poll(duration) {
  serving_.clear();
  std::swap(serving_, ready_);
  for (const io::handle each : serving_) {
    if (DIALTONE_FAULT_POINT(*this, fault_points::driver_late))
      ready_.push_back(each);
    else
      serve(each);
  }
}

void simulated_driver::cancel(io::operation& waiting) { sources_.cancel(waiting); }

}  // namespace dialtone::testing
