// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/memory_driver.hpp>

#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

#include <dialtone/io/receive_buffers.hpp>

namespace dialtone::io {

namespace {

using guard = std::lock_guard<std::mutex>;

socket_name unspecified(int family) {
  if (family == AF_UNIX) return socket_name::of_unix({});
  return socket_name::of_internet({.is_v6 = family == AF_INET6});
}

socket_name loopback(int family) {
  internet_name name{.is_v6 = family == AF_INET6};
  if (name.is_v6)
    name.address[15] = 1;
  else
    name.address = {127, 0, 0, 1};
  return socket_name::of_internet(name);
}

int family_of(const socket_name& name) { return static_cast<const sockaddr*>(name.data())->sa_family; }

}  // namespace

memory_driver::memory_driver(std::shared_ptr<memory_network> network, std::function<void()> on_ready)
    : network_{std::move(network)}, on_ready_{std::move(on_ready)} {
  ++network_->drivers_;
}

memory_driver::~memory_driver() {
  const guard locked{network_->lock_};
  --network_->drivers_;
  on_ready_ = {};  // nobody polls any more
  sources_.each([this](source& left, handle) { leave(*network_, left); });
}

// --- sockets ---

std::expected<handle, int> memory_driver::open(socket_kind kind) {
  if (kind.family != AF_INET && kind.family != AF_INET6 && kind.family != AF_UNIX) return std::unexpected{EAFNOSUPPORT};
  if (kind.type != SOCK_STREAM) return std::unexpected{EINVAL};
  const guard locked{network_->lock_};
  const handle opened = sources_.add(0);
  sources_.find(opened)->kind = kind;
  return opened;
}

handle memory_driver::join(source made, const connection& with, std::size_t side) {
  const handle opened = sources_.add(0);
  made.descriptor = 0;
  made.generation = opened.generation;
  made.with = with;
  made.side = side;
  made.local = made.own().name;
  made.own().place = {this, opened};
  *sources_.find(opened) = std::move(made);
  return opened;
}

std::pair<handle, handle> memory_driver::make_pair() {
  const guard locked{network_->lock_};
  const auto made = std::make_shared<memory_connection>();
  made->established = true;
  for (auto& each : made->ends) each.name = unspecified(AF_UNIX);
  const source end{.kind = {AF_UNIX, SOCK_STREAM}};
  return {join(end, made, 0), join(end, made, 1)};
}

int memory_driver::bind_unlocked(source& found, handle of, const socket_name& local) {
  if (found.bound || family_of(local) != found.kind.family) return EINVAL;
  socket_name name = local;
  if (const int error = network_->bind(name, {this, of}); error != 0) return error;
  found.bound = true;
  found.local = name;
  return 0;
}

int memory_driver::bind(handle of, const socket_name& local) {
  const guard locked{network_->lock_};
  source* found = sources_.find(of);
  return found == nullptr ? EBADF : bind_unlocked(*found, of, local);
}

int memory_driver::listen(handle of, int backlog) {
  const guard locked{network_->lock_};
  source* found = sources_.find(of);
  if (found == nullptr) return EBADF;
  if (found->with != nullptr) return EINVAL;
  if (!found->bound)
    if (const int error = bind_unlocked(*found, of, unspecified(found->kind.family)); error != 0) return error;
  found->listening = true;
  found->backlog = static_cast<std::size_t>(std::clamp(backlog, 1, backlog_limit));
  return 0;
}

int memory_driver::shutdown(handle of, shutdown_how how) {
  const guard locked{network_->lock_};
  source* found = sources_.find(of);
  if (found == nullptr) return EBADF;
  if (!found->is_connected()) return ENOTCONN;
  if (how != shutdown_how::write) found->reads_ended = true;
  if (how != shutdown_how::read) {
    found->writes_ended = true;
    found->peer().incoming.ended = true;
    notice(found->peer().place);
  }
  notice(of);
  return 0;
}

std::expected<socket_name, int> memory_driver::local_name(handle of) {
  const guard locked{network_->lock_};
  const source* found = sources_.find(of);
  if (found == nullptr) return std::unexpected{EBADF};
  return found->local.size == 0 ? unspecified(found->kind.family) : found->local;
}

std::expected<socket_name, int> memory_driver::peer_name(handle of) {
  const guard locked{network_->lock_};
  const source* found = sources_.find(of);
  if (found == nullptr) return std::unexpected{EBADF};
  if (!found->is_connected()) return std::unexpected{ENOTCONN};
  return found->peer().name;
}

handle memory_driver::adopt(int) {
  throw std::system_error{EOPNOTSUPP, std::generic_category(), "a driver without descriptors adopts none"};
}

// --- operations ---

bool memory_driver::accept(handle listener, operation& waiting, result& done) {
  const guard locked{network_->lock_};
  source* found = sources_.find(listener);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (!found->listening) {
    done = {.error = EINVAL};
    return true;
  }
  if (try_accept(*found, done)) return true;
  found->accepting = true;
  return wait(found->reader, waiting, listener);
}

bool memory_driver::try_accept(source& from, result& done) {
  if (from.arrived.empty()) return false;
  const connection next = std::move(from.arrived.front());
  from.arrived.pop_front();
  establish(from);
  source made{.kind = from.kind};
  if (from.kind.family != AF_UNIX) {
    made.options = from.options;
  }
  done = {.accepted = join(std::move(made), next, 1)};
  return true;
}

// Who waits for room in the backlog is let in, in the order in which they came.
void memory_driver::establish(source& listener) {
  std::erase_if(listener.arrived, [](const connection& each) { return !each->established && each->ends[0].closed; });
  const std::size_t count = std::min(listener.backlog, listener.arrived.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (std::exchange(listener.arrived[i]->established, true)) continue;
    notice(listener.arrived[i]->ends[0].place);
  }
}

bool memory_driver::connect(handle from, const socket_name& to, operation& waiting, result& done) {
  const guard locked{network_->lock_};
  source* found = sources_.find(from);
  if (found == nullptr || found->is_writing()) return refused(found, done);
  done = {};
  const memory_place there = network_->find(to);
  source* listener = there.driver == nullptr ? nullptr : there.driver->sources_.find(there.socket);
  if (found->with != nullptr || found->listening)
    done.error = EISCONN;
  else if (listener == nullptr || !listener->listening)
    done.error = ECONNREFUSED;
  else if (!found->bound && found->kind.family != AF_UNIX)
    done.error = bind_unlocked(*found, from, loopback(found->kind.family));
  if (done.error != 0) return true;
  if (found->local.size == 0) found->local = unspecified(found->kind.family);

  found->with = std::make_shared<memory_connection>();
  found->own().name = found->local;
  found->own().place = {this, from};
  found->peer().name = to;
  listener->arrived.push_back(found->with);
  establish(*listener);
  notice(there);
  if (found->is_connected()) return true;
  found->connecting = true;
  return wait(found->writer, waiting, from);
}

bool memory_driver::receive(handle from, operation& waiting, result& done) {
  const guard locked{network_->lock_};
  source* found = sources_.find(from);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (try_receive(*found, done)) return true;
  found->accepting = false;
  return wait(found->reader, waiting, from);
}

bool memory_driver::try_receive(const source& from, result& done) {
  done = {};
  if (!from.is_connected()) {
    done.error = ENOTCONN;
    return true;
  }
  memory_pipe& incoming = from.own().incoming;
  if (!incoming.empty()) {
    done.data = incoming.take(receive_buffers::size);
    notice(from.peer().place);
    return true;
  }
  if (incoming.error != 0) {
    done.error = std::exchange(incoming.error, 0);
    incoming.ended = true;
  }
  return incoming.ended || from.reads_ended;
}

bool memory_driver::send(handle to, std::span<bytes> pieces, operation& waiting, result& done) {
  const guard locked{network_->lock_};
  source* found = sources_.find(to);
  // What a cancelled send has left goes out first, by itself.
  if (found == nullptr || found->is_writing()) return refused(found, done);
  found->sent = 0;
  if (try_send(*found, pieces, done)) return true;
  found->unsent.assign(std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
  return wait(found->writer, waiting, to);
}

std::size_t memory_driver::sent_so_far(handle of) const {
  const guard locked{network_->lock_};
  const source* found = sources_.find(of);
  return found == nullptr ? 0 : found->sent;
}

// Leaves in `pieces` what there is no room for; false while there is such.
bool memory_driver::try_send(source& to, std::span<bytes> pieces, result& done) {
  done = {};
  if (!to.is_connected()) {
    done.error = ENOTCONN;
  } else if (int& reset = to.own().incoming.error; reset != 0) {
    done.error = std::exchange(reset, 0);
    to.own().incoming.ended = true;
  } else if (to.writes_ended || to.peer().closed) {
    done.error = EPIPE;
  }
  std::size_t taken = 0;
  if (done.error == 0)
    for (bytes& each : pieces) taken += to.peer().incoming.put(each);
  if (taken != 0) notice(to.peer().place);
  done.sent = to.sent += taken;
  return done.error != 0 || std::ranges::all_of(pieces, &bytes::empty);
}

bool memory_driver::go_on_writing(source& to, result& done) {
  if (!to.connecting) {
    if (!try_send(to, to.unsent, done)) return false;
    to.unsent = {};
    return true;
  }
  if (!to.is_connected() && !to.with->refused) return false;
  to.connecting = false;
  if (to.with->refused) {
    to.with = {};
    done.error = ECONNREFUSED;
  }
  return true;
}

void memory_driver::cancel(operation& waiting) {
  const guard locked{network_->lock_};
  sources_.cancel(waiting);
}

// --- completions ---

void memory_driver::notice(const memory_place& place) {
  if (place.driver != nullptr) place.driver->notice(place.socket);
}

void memory_driver::notice(handle of) {
  source* found = sources_.find(of);
  if (found == nullptr || std::exchange(found->noticed, true)) return;
  const bool first = ready_.empty();
  ready_.push_back(of);
  if (!first) return;
  if (on_ready_) on_ready_();
  wake();
}

void memory_driver::tell(std::unique_lock<std::mutex>& lock, operation& waiting, result&& done) {
  waiting.in_flight = false;
  lock.unlock();
  waiting.complete(waiting, std::move(done));
  lock.lock();
}

void memory_driver::serve(handle of, std::unique_lock<std::mutex>& lock) {
  source* found = sources_.find(of);
  if (found == nullptr) return;
  found->noticed = false;
  result done;
  if (found->reader != nullptr && (found->accepting ? try_accept(*found, done) : try_receive(*found, done)))
    tell(lock, *std::exchange(found->reader, nullptr), std::move(done));
  found = sources_.find(of);
  if (found == nullptr || !found->is_writing()) return;
  result written;
  if (go_on_writing(*found, written) && found->writer != nullptr)
    tell(lock, *std::exchange(found->writer, nullptr), std::move(written));
}

// Those that are noticed meanwhile are for the next poll, as with the kernel's.
void memory_driver::poll(duration timeout) {
  sleep(timeout);
  std::unique_lock lock{network_->lock_};
  const std::vector<handle> ready = std::exchange(ready_, {});
  for (const handle each : ready) serve(each, lock);
}

void memory_driver::sleep(duration timeout) {
  std::unique_lock lock{wake_lock_};
  const auto is_woken = [this] { return woken_; };
  if (timeout == duration::max())
    changed_.wait(lock, is_woken);
  else if (timeout > duration::zero())
    changed_.wait_for(lock, timeout, is_woken);
  woken_ = false;
}

bool memory_driver::has_sources() const {
  const guard locked{network_->lock_};
  return sources_.count() != 0;
}

bool memory_driver::is_ready() const {
  const guard locked{network_->lock_};
  return !ready_.empty() && sources_.count() != 0;
}

void memory_driver::wake() noexcept {
  const guard locked{wake_lock_};
  woken_ = true;
  changed_.notify_one();
}

}  // namespace dialtone::io
