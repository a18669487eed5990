// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/uring_driver.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include <dialtone/io/datagram_calls.hpp>
#include <dialtone/io/socket_calls.hpp>

namespace dialtone::io {

namespace {

// As epoll_ctl(2): what is always ready is refused.
bool can_be_watched(int descriptor) {
  struct stat about{};
  if (::fstat(descriptor, &about) != 0) return false;
  errno = EPERM;
  return !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

}  // namespace

std::unique_ptr<driver> make_uring_driver() { return std::make_unique<uring_driver>(); }

uring_driver::uring_driver(const uring_options& options)
    : options_{options}, wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (wake_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
  try {
    running();
  } catch (...) {
    ::close(wake_);
    throw;
  }
}

uring_driver::~uring_driver() {
  hand_over();
  sources_.each([](source& open, handle) { ::close(open.descriptor); });
  ::close(wake_);
}

handle uring_driver::try_adopt(int descriptor, bool shared) {
  const bool stream = is_stream(descriptor);
  if (!stream && !can_be_watched(descriptor)) return {};
  const handle adopted = sources_.add(descriptor);
  source& added = *sources_.find(adopted);
  added.ahead = stream && (options_.ahead_of_unix || !is_unix(descriptor));
  added.shared = shared;
  return adopted;
}

void uring_driver::put_received(handle of, bytes received, int error) {
  received_queue& queue = sources_.find(of)->received;
  if (!received.empty()) queue.add(std::move(received));
  if (error != 0) queue.end(error);
}

int uring_driver::descriptor_of(handle of) const {
  const source* found = sources_.find(of);
  return found == nullptr ? -1 : found->descriptor;
}

bool uring_driver::receives_ahead(handle of) const {
  const source* found = sources_.find(of);
  return found != nullptr && found->has(request::receive);
}

// What is on its way to the ring goes first.
int uring_driver::shutdown(handle of, shutdown_how how) {
  const source* found = sources_.find(of);
  if (found != nullptr && found->has(request::send)) engine_->ring.enter(duration::zero());
  return kernel_driver::shutdown(of, how);
}

void uring_driver::close(handle closed) {
  source* found = sources_.find(closed);
  if (found == nullptr) return;
  settle(closed);
  if (found->received.has_pieces()) {
    // The kernel resets a connection that is closed with unread data (RFC 2525, 2.17); it does not know of ours.
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(found->descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  ::close(found->descriptor);
  sources_.end(closed, finish);
}

released uring_driver::release(handle of) {
  source* found = sources_.find(of);
  if (found == nullptr) return {};
  settle(of);
  released given{found->descriptor};
  given.received = found->received.take_all();
  given.error = found->received.error();
  given.shared = found->shared;
  if (found->unsent != nullptr) given.unsent = std::move(*found->unsent);
  if (!found->sending.empty()) given.unsent.push_back(std::move(found->sending));
  sources_.end(of, finish);
  return given;
}

bool uring_driver::accept(handle listener, operation& waiting, result& done) {
  source* found = sources_.find(listener);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (try_accept(*found, done)) return true;
  found->next_read = reads::connections;
  arm_poll(*found, listener, request::readable, POLLIN);
  return wait(found->reader, waiting, listener);
}

bool uring_driver::try_accept(source& from, result& done) {
  const auto descriptor = accept_one(from.descriptor);
  if (!descriptor) {
    done = {.error = descriptor.error()};
    return done.error != EAGAIN;
  }
  done = {.accepted = sources_.add(*descriptor)};
  sources_.find(done.accepted)->ahead = from.ahead;
  return true;
}

bool uring_driver::receive(handle from, operation& waiting, result& done) {
  source* found = sources_.find(from);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  found->next_read = reads::pieces;
  const bool is_armed = found->has(request::receive) && found->received.empty();  // as nearly always
  if (!is_armed && go_on_reading(*found, from, done)) return true;
  return wait(found->reader, waiting, from);
}

bool uring_driver::receive_datagram(handle from, datagram_operation& waiting, result& done) {
  source* found = sources_.find(from);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (found->ahead) return no_datagrams(done);
  if (take_datagram(found->descriptor, buffers_, waiting, done)) return true;
  found->next_read = reads::datagrams;
  arm_poll(*found, from, request::readable, POLLIN);
  return wait(found->reader, waiting, from);
}

// A datagram is for who waits.
bool uring_driver::try_read(source& from, result& done) {
  if (from.next_read == reads::connections) return try_accept(from, done);
  if (from.next_read == reads::pieces) return try_receive(from, done);
  return take_datagram(from.descriptor, buffers_, static_cast<datagram_operation&>(*from.reader), done);
}

bool uring_driver::try_receive(source& from, result& done) {
  const auto size = receive_some(from.descriptor, {buffers_.next(), receive_buffers::size});
  done = size ? result{.data = buffers_.take(*size)} : result{.error = size.error()};
  return done.error != EAGAIN;
}

bool uring_driver::connect(handle from, const socket_name& to, operation& waiting, result& done) {
  source* found = sources_.find(from);
  if (found == nullptr || found->is_writing()) return refused(found, done);
  done = {.error = start_connect(found->descriptor, to)};
  if (done.error != EINPROGRESS) return true;
  found->connecting = true;
  arm_poll(*found, from, request::writable, POLLOUT);
  return wait(found->writer, waiting, from);
}

bool uring_driver::send(handle to, std::span<bytes> pieces, operation& waiting, result& done) {
  source* found = sources_.find(to);
  // What a cancelled send has left goes out first, by itself.
  if (found == nullptr || found->is_writing()) return refused(found, done);
  found->sent = 0;
  if (put_together(*found, pieces)) {
    arm_send(*found, to);
    return wait(found->writer, waiting, to);
  }
  if (try_send(*found, pieces, done)) return true;
  found->unsent = left_by_call(pieces);
  arm_poll(*found, to, request::writable, POLLOUT);
  return wait(found->writer, waiting, to);
}

std::size_t uring_driver::sent_so_far(handle of) const {
  const source* found = sources_.find(of);
  return found == nullptr ? 0 : found->sent;
}

bool uring_driver::send_datagram(handle from, const outgoing_datagram& sent, operation& waiting, result& done) {
  source* found = sources_.find(from);
  if (found == nullptr || found->is_writing()) return refused(found, done);
  if (found->ahead) return no_datagrams(done);
  if (put_datagram(found->descriptor, sent, done)) return true;
  found->unsent_datagram = std::make_unique<outgoing_datagram>(sent);
  arm_poll(*found, from, request::writable, POLLOUT);
  return wait(found->writer, waiting, from);
}

// Whether `pieces` are for the ring, and then takes them.
bool uring_driver::put_together(source& to, std::span<bytes> pieces) {
  if (!to.ahead || last_ready_ < options_.crowd) return false;
  if (pieces.size() == 1) {
    if (pieces[0].empty() || pieces[0].size() > ring_limit) return false;
    to.sending = std::move(pieces[0]);
    return true;
  }
  std::size_t size = 0;
  for (const bytes& piece : pieces) size += piece.size();
  if (size == 0 || size > joined_limit) return false;
  std::string joined;
  joined.reserve(size);
  for (const bytes& piece : pieces) joined += piece.view();
  to.sending = bytes{std::move(joined)};
  return true;
}

// Leaves in `pieces` what the kernel has not taken; false while there is such.
bool uring_driver::try_send(source& to, std::span<bytes> pieces, result& done) {
  done = {.error = send_all(to.descriptor, pieces, to.sent)};
  done.sent = to.sent;
  return done.error != EAGAIN;
}

void uring_driver::cancel(operation& waiting) { sources_.cancel(waiting); }

void uring_driver::poll(duration timeout) {
  engine& engine = running();
  begin_wakes();
  if (!ready_.empty()) timeout = duration::zero();
  if (const int error = engine.ring.enter(timeout); error != 0)
    throw std::system_error{error, std::generic_category(), "io_uring_enter"};
  std::size_t told = 0;
  engine.ring.each_completion([&](const io_uring_cqe& done) {
    if (pass_on(done))
      ++told;
    else
      absorb(done);
  });
  // More may be listed on the way: by one that is told and closes another.
  for (std::size_t index = 0; index < ready_.size(); ++index) go_on(ready_[index]);
  last_ready_ = told + ready_.size();
  ready_.clear();
}

void uring_driver::go_on(handle of) {
  source* found = sources_.find(of);
  if (found == nullptr) return;
  found->listed = false;
  result done;
  if (found->reader != nullptr && go_on_reading(*found, of, done)) {
    finish(*std::exchange(found->reader, nullptr), std::move(done));
    found = sources_.find(of);
  }
  if (found == nullptr || !found->is_writing() || found->awaits_room()) return;
  result written;
  if (go_on_writing(*found, of, written) && found->writer != nullptr)
    finish(*std::exchange(found->writer, nullptr), std::move(written));
}

bool uring_driver::go_on_reading(source& from, handle name, result& done) {
  if (from.received.take(done)) return true;
  if (from.has(request::receive) || from.has(request::readable)) return false;
  if (try_read(from, done)) return true;
  if (from.next_read != reads::pieces || !from.ahead)
    arm_poll(from, name, request::readable, POLLIN);
  else
    arm_receive(from, name);
  return false;
}

bool uring_driver::go_on_writing(source& to, handle name, result& done) {
  if (to.connecting) {
    to.connecting = false;
    done.error = pending_error(to.descriptor);
    return true;
  }
  if (to.send_error != 0) {
    to.sending = {};
    done = {.error = std::exchange(to.send_error, 0), .sent = to.sent};
    return true;
  }
  if (to.unsent_datagram != nullptr) {
    if (put_datagram(to.descriptor, *to.unsent_datagram, done)) {
      to.unsent_datagram.reset();
      return true;
    }
    arm_poll(to, name, request::writable, POLLOUT);
    return false;
  }
  if (bytes left = std::exchange(to.sending, {}); !left.empty()) to.unsent = left_by_call({&left, 1});
  if (to.unsent == nullptr) {
    done = {.sent = to.sent};
    return true;
  }
  if (try_send(to, *to.unsent, done)) {
    to.unsent.reset();
    return true;
  }
  arm_poll(to, name, request::writable, POLLOUT);
  return false;
}

void uring_driver::wake() noexcept {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t ignored = ::write(wake_, &one, sizeof one);
}

}  // namespace dialtone::io
