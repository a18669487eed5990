// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/epoll_driver.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace dialtone::io {

namespace {

constexpr std::uint64_t wake_token = ~std::uint64_t{0};

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

std::unique_ptr<driver> make_epoll_driver() { return std::make_unique<epoll_driver>(); }

epoll_driver::epoll_driver() : epoll_{::epoll_create1(EPOLL_CLOEXEC)}, wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (epoll_ < 0) fail("epoll_create1");
  if (wake_ < 0) fail("eventfd");
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = wake_token}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) fail("epoll_ctl");
}

epoll_driver::~epoll_driver() {
  for (source& open : sources_)
    if (open.descriptor >= 0) ::close(open.descriptor);
  ::close(wake_);
  ::close(epoll_);
}

handle epoll_driver::try_adopt(int descriptor) {
  if (free_.empty()) {
    sources_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(sources_.size() - 1));
  }
  std::uint32_t slot = free_.back();
  source& opened = sources_[slot];
  handle result{slot, opened.generation};
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                    .data = {.u64 = (std::uint64_t{opened.generation} << 32) | slot}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return {};
  free_.pop_back();
  opened.descriptor = descriptor;
  // Until the kernel says otherwise: an attempt that would block costs one call, an edge that was missed a connection.
  opened.readable = true;
  ++open_count_;
  return result;
}

epoll_driver::source* epoll_driver::find(handle of) {
  if (of.slot >= sources_.size()) return nullptr;
  source& found = sources_[of.slot];
  return found.generation == of.generation && found.descriptor >= 0 ? &found : nullptr;
}

int epoll_driver::descriptor_of(handle of) const {
  if (of.slot >= sources_.size()) return -1;
  const source& found = sources_[of.slot];
  return found.generation == of.generation ? found.descriptor : -1;
}

// Closing takes it out of the epoll set as well: nobody else holds the description.
void epoll_driver::close(handle closed) {
  if (const int descriptor = descriptor_of(closed); descriptor >= 0) {
    ::close(descriptor);
    forget(closed);
  }
}

int epoll_driver::release(handle of) {
  const int descriptor = descriptor_of(of);
  if (descriptor < 0) return -1;
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  forget(of);
  return descriptor;
}

void epoll_driver::forget(handle of) {
  source& found = sources_[of.slot];
  operation* reader = std::exchange(found.reader, nullptr);
  operation* writer = std::exchange(found.writer, nullptr);
  const std::size_t sent = found.sent;
  const std::uint32_t generation = found.generation + 1;
  found = source{};
  found.generation = generation == 0 ? 1 : generation;  // 0 is no handle
  free_.push_back(of.slot);
  --open_count_;
  if (reader != nullptr) finish(*reader, {.error = EBADF});
  if (writer != nullptr) finish(*writer, {.error = EBADF, .sent = sent});
}

void epoll_driver::finish(operation& waiting, result done) {
  waiting.in_flight = false;
  waiting.complete(waiting, std::move(done));
}

bool epoll_driver::wait(operation*& place, operation& waiting, handle of) {
  waiting.of = of;
  waiting.in_flight = true;
  place = &waiting;
  return false;
}

bool epoll_driver::refused(const source* found, result& done) {
  done = {.error = found == nullptr ? EBADF : EALREADY};
  return true;
}

bool epoll_driver::accept(handle listener, operation& waiting, result& done) {
  source* found = find(listener);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (try_accept(*found, done)) return true;
  found->accepting = true;
  return wait(found->reader, waiting, listener);
}

bool epoll_driver::try_accept(source& from, result& done) {
  for (;;) {
    int descriptor = ::accept4(from.descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      done = {.accepted = try_adopt(descriptor)};
      if (done.accepted) return true;
      done.error = errno;
      ::close(descriptor);
      return true;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (would_block(errno)) return false;
    done = {.error = errno};
    return true;
  }
}

bool epoll_driver::receive(handle from, operation& waiting, result& done) {
  source* found = find(from);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (found->readable && try_receive(*found, done)) return true;
  found->accepting = false;
  return wait(found->reader, waiting, from);
}

bool epoll_driver::try_receive(source& from, result& done) {
  for (;;) {
    std::byte* buffer = buffers_.next();
    ssize_t count = ::recv(from.descriptor, buffer, receive_buffers::size, 0);
    if (count >= 0) {
      auto size = static_cast<std::size_t>(count);
      // A read that did not fill the buffer has emptied the socket (epoll(7)): the next data brings a new edge. After
      // the peer's end no edge follows, so that one stays readable.
      from.readable = size == receive_buffers::size || size == 0 || from.ended;
      done = {.data = buffers_.take(size)};
      return true;
    }
    if (errno == EINTR) continue;
    if (would_block(errno)) {
      from.readable = false;
      return false;
    }
    done = {.error = errno};
    return true;
  }
}

bool epoll_driver::connect(handle from, const socket_name& to, operation& waiting, result& done) {
  source* found = find(from);
  if (found == nullptr || found->is_writing()) return refused(found, done);
  done = {};
  if (::connect(found->descriptor, static_cast<const sockaddr*>(to.data()), to.size) == 0) return true;
  // Interrupted, it goes on in the background (connect(2)).
  if (errno != EINPROGRESS && errno != EINTR) {
    done.error = errno;
    return true;
  }
  found->connecting = true;
  found->ended = false;  // what the kernel says of a socket that is not connected
  return wait(found->writer, waiting, from);
}

bool epoll_driver::send(handle to, std::span<bytes> pieces, operation& waiting, result& done) {
  source* found = find(to);
  // What a cancelled send has left goes out first, by itself.
  if (found == nullptr || found->is_writing()) return refused(found, done);
  found->sent = 0;
  if (try_send(*found, pieces, done)) return true;
  found->unsent.assign(std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
  return wait(found->writer, waiting, to);
}

namespace {

// What one call takes; more pieces go out by further calls.
constexpr std::size_t pieces_at_once = 64;

ssize_t send_some(int descriptor, std::span<const bytes> pieces) {
  if (pieces.size() == 1) return ::send(descriptor, pieces[0].data(), pieces[0].size(), MSG_NOSIGNAL);
  std::array<iovec, pieces_at_once> vectors;
  const std::size_t count = std::min(pieces.size(), vectors.size());
  for (std::size_t i = 0; i < count; ++i) vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  return ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

// Leaves in `pieces` what has not been taken: the first ones empty, and one shorter.
std::span<bytes> drop(std::span<bytes> pieces, std::size_t count) {
  while (!pieces.empty() && count >= pieces.front().size()) {
    count -= pieces.front().size();
    pieces.front() = {};
    pieces = pieces.subspan(1);
  }
  if (count != 0) pieces.front() = pieces.front().drop(count);
  return pieces;
}

}  // namespace

// Leaves in `pieces` what the kernel has not taken; false while there is such.
bool epoll_driver::try_send(source& to, std::span<bytes> pieces, result& done) {
  done = {};
  for (pieces = drop(pieces, 0); !pieces.empty();) {
    const ssize_t count = send_some(to.descriptor, pieces);
    if (count >= 0) {
      to.sent += static_cast<std::size_t>(count);
      pieces = drop(pieces, static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (would_block(errno)) return false;
    done.error = errno;
    break;
  }
  done.sent = to.sent;
  return true;
}

bool epoll_driver::go_on_writing(source& to, result& done) {
  if (to.connecting) {
    to.connecting = false;
    socklen_t size = sizeof done.error;
    ::getsockopt(to.descriptor, SOL_SOCKET, SO_ERROR, &done.error, &size);
    return true;
  }
  if (!try_send(to, to.unsent, done)) return false;
  to.unsent = {};
  return true;
}

void epoll_driver::cancel(operation& waiting) {
  if (!waiting.in_flight) return;
  waiting.in_flight = false;
  source* found = find(waiting.of);
  if (found == nullptr) return;
  if (found->reader == &waiting) found->reader = nullptr;
  if (found->writer == &waiting) found->writer = nullptr;
}

void epoll_driver::ready(handle of, std::uint32_t events) {
  source* found = find(of);
  if (found == nullptr) return;
  constexpr std::uint32_t end = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & end) != 0) found->ended = true;
  if ((events & (EPOLLIN | end)) != 0) found->readable = true;
  result done;
  if (found->reader != nullptr && found->readable &&
      (found->accepting ? try_accept(*found, done) : try_receive(*found, done))) {
    found = find(of);  // an accept may have moved the sources
    finish(*std::exchange(found->reader, nullptr), std::move(done));
    found = find(of);
  }
  if (found == nullptr || !found->is_writing() || (events & (EPOLLOUT | end)) == 0) return;
  result written;
  if (go_on_writing(*found, written) && found->writer != nullptr)
    finish(*std::exchange(found->writer, nullptr), std::move(written));
}

// epoll_pwait2 waits for nanoseconds, but some sandboxes do not know it; epoll_wait's milliseconds are rounded up.
int epoll_driver::wait_for_events(std::span<epoll_event> events, duration timeout) {
  bool forever = timeout == duration::max();
  if (precise_) {
    timespec limit{.tv_sec = static_cast<time_t>(timeout.count() / 1'000'000'000),
                   .tv_nsec = static_cast<long>(timeout.count() % 1'000'000'000)};
    int count =
        ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), forever ? nullptr : &limit, nullptr);
    if (count >= 0 || errno != ENOSYS) return count;
    precise_ = false;
  }
  constexpr std::int64_t longest = 3'600'000;
  std::int64_t milliseconds = std::min(std::chrono::ceil<std::chrono::milliseconds>(timeout).count(), longest);
  return ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                      forever ? -1 : static_cast<int>(milliseconds));
}

void epoll_driver::poll(duration timeout) {
  std::array<epoll_event, 256> events;
  int count = wait_for_events(events, timeout);
  if (count < 0 && errno != EINTR) fail("epoll_wait");
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    if (event.data.u64 == wake_token) {
      std::uint64_t value = 0;
      [[maybe_unused]] ssize_t ignored = ::read(wake_, &value, sizeof value);
      continue;
    }
    ready({static_cast<std::uint32_t>(event.data.u64), static_cast<std::uint32_t>(event.data.u64 >> 32)}, event.events);
  }
}

void epoll_driver::wake() noexcept {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t ignored = ::write(wake_, &one, sizeof one);
}

}  // namespace dialtone::io
