// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/epoll_driver.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

#include <dialtone/io/datagram_calls.hpp>
#include <dialtone/io/socket_calls.hpp>

namespace dialtone::io {

namespace {

constexpr std::uint64_t wake_token = ~std::uint64_t{0};

// What is received in one poll is answered before the next one: of many the first ones would have left the cache by
// then. A call for so many costs each of them little.
constexpr std::size_t events_at_once = 32;

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

}  // namespace

std::unique_ptr<driver> make_epoll_driver() { return std::make_unique<epoll_driver>(); }

epoll_driver::epoll_driver() : epoll_{::epoll_create1(EPOLL_CLOEXEC)}, wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (epoll_ < 0) fail("epoll_create1");
  if (wake_ < 0) fail("eventfd");
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = wake_token}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) fail("epoll_ctl");
}

epoll_driver::~epoll_driver() {
  sources_.each([](source& open, handle) { ::close(open.descriptor); });
  ::close(wake_);
  ::close(epoll_);
}

handle epoll_driver::watch(int descriptor) {
  const handle adopted = sources_.add(descriptor);
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                    .data = {.u64 = (std::uint64_t{adopted.generation} << 32) | adopted.slot}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    sources_.remove(adopted);
    return {};
  }
  // Until the kernel says otherwise: an attempt that would block costs one call, an edge that was missed a connection.
  sources_.find(adopted)->readable = true;
  return adopted;
}

handle epoll_driver::try_adopt(int descriptor, bool shared) {
  const handle adopted = watch(descriptor);
  if (!adopted) return {};
  source& found = *sources_.find(adopted);
  found.stream = is_stream(descriptor);
  found.shared = shared;
  return adopted;
}

void epoll_driver::put_received(handle of, bytes received, int error) {
  sources_.find(of)->arrived = std::make_unique<arrival>(std::move(received), error);
}

int epoll_driver::descriptor_of(handle of) const {
  const source* found = sources_.find(of);
  return found == nullptr ? -1 : found->descriptor;
}

// Closing takes it out of the epoll set as well, unless others hold the description (epoll(7)).
void epoll_driver::close(handle closed) {
  const source* found = sources_.find(closed);
  if (found == nullptr) return;
  if (found->shared) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, found->descriptor, nullptr);
  ::close(found->descriptor);
  sources_.end(closed, finish);
}

released epoll_driver::release(handle of) {
  source* found = sources_.find(of);
  if (found == nullptr) return {};
  released given{found->descriptor};
  if (found->arrived != nullptr) {
    given.received = std::move(found->arrived->received);
    given.error = found->arrived->error;
  }
  if (found->unsent != nullptr) given.unsent = std::move(*found->unsent);
  given.shared = found->shared;
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, given.descriptor, nullptr);
  sources_.end(of, finish);
  return given;
}

bool epoll_driver::accept(handle listener, operation& waiting, result& done) {
  source* found = sources_.find(listener);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (try_accept(*found, done)) return true;
  found->next_read = reads::connections;
  return wait(found->reader, waiting, listener);
}

bool epoll_driver::try_accept(source& from, result& done) {
  const auto descriptor = accept_one(from.descriptor);
  if (!descriptor) {
    done = {.error = descriptor.error()};
    return done.error != EAGAIN;
  }
  done = {.accepted = watch(*descriptor)};
  if (done.accepted) {
    sources_.find(done.accepted)->stream = from.stream;
  } else {
    done.error = errno;
    ::close(*descriptor);
  }
  return true;
}

bool epoll_driver::receive(handle from, operation& waiting, result& done) {
  source* found = sources_.find(from);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (found->readable && try_receive(*found, done)) return true;
  found->next_read = reads::pieces;
  return wait(found->reader, waiting, from);
}

bool epoll_driver::try_receive(source& from, result& done) {
  if (from.arrived != nullptr) {
    take_arrived(from, done);
    return true;
  }
  const auto size = receive_some(from.descriptor, {buffers_.next(), receive_buffers::size});
  if (!size) {
    done.error = size.error();
    from.readable = done.error != EAGAIN;
    return from.readable;
  }
  // A read that did not fill the buffer has emptied a stream (epoll(7)): the next data brings a new edge. After the
  // peer's end no edge follows, so that one stays readable.
  from.readable = !from.stream || *size == receive_buffers::size || *size == 0 || from.ended;
  done.error = 0;
  done.data = buffers_.take(*size);
  return true;
}

void epoll_driver::take_arrived(source& from, result& done) {
  auto& [received, error] = *from.arrived;
  if (!received.empty())
    done = {.data = std::exchange(received, {})};
  else
    done = {.error = std::exchange(error, 0)};
  if (error == 0) from.arrived.reset();
}

bool epoll_driver::receive_datagram(handle from, datagram_operation& waiting, result& done) {
  source* found = sources_.find(from);
  if (found == nullptr || found->reader != nullptr) return refused(found, done);
  if (found->stream) return no_datagrams(done);
  if (found->readable && take_datagram(found->descriptor, buffers_, waiting, done)) return true;
  found->readable = false;
  found->next_read = reads::datagrams;
  return wait(found->reader, waiting, from);
}

// For who waits.
bool epoll_driver::try_read(source& from, result& done) {
  if (from.next_read == reads::connections) return try_accept(from, done);
  if (from.next_read == reads::pieces) return try_receive(from, done);
  from.readable = take_datagram(from.descriptor, buffers_, static_cast<datagram_operation&>(*from.reader), done);
  return from.readable;
}

bool epoll_driver::connect(handle from, const socket_name& to, operation& waiting, result& done) {
  source* found = sources_.find(from);
  if (found == nullptr || found->is_writing()) return refused(found, done);
  done = {.error = start_connect(found->descriptor, to)};
  if (done.error != EINPROGRESS) return true;
  found->connecting = true;
  found->ended = false;  // what the kernel says of a socket that is not connected
  return wait(found->writer, waiting, from);
}

bool epoll_driver::send(handle to, std::span<bytes> pieces, operation& waiting, result& done) {
  source* found = sources_.find(to);
  // What a cancelled send has left goes out first, by itself.
  if (found == nullptr || found->is_writing()) return refused(found, done);
  found->sent = 0;
  if (try_send(*found, pieces, done)) return true;
  found->unsent = left_by_call(pieces);
  return wait(found->writer, waiting, to);
}

std::size_t epoll_driver::sent_so_far(handle of) const {
  const source* found = sources_.find(of);
  return found == nullptr ? 0 : found->sent;
}

bool epoll_driver::send_datagram(handle from, const outgoing_datagram& sent, operation& waiting, result& done) {
  source* found = sources_.find(from);
  if (found == nullptr || found->is_writing()) return refused(found, done);
  if (found->stream) return no_datagrams(done);
  if (put_datagram(found->descriptor, sent, done)) return true;
  found->unsent_datagram = std::make_unique<outgoing_datagram>(sent);
  return wait(found->writer, waiting, from);
}

// Leaves in `pieces` what the kernel has not taken; false while there is such.
bool epoll_driver::try_send(source& to, std::span<bytes> pieces, result& done) {
  done.error = send_all(to.descriptor, pieces, to.sent);
  done.sent = to.sent;
  return done.error != EAGAIN;
}

bool epoll_driver::go_on_writing(source& to, result& done) {
  if (to.connecting) {
    to.connecting = false;
    done.error = pending_error(to.descriptor);
    return true;
  }
  if (to.unsent_datagram != nullptr) {
    if (!put_datagram(to.descriptor, *to.unsent_datagram, done)) return false;
    to.unsent_datagram.reset();
    return true;
  }
  if (!try_send(to, *to.unsent, done)) return false;
  to.unsent.reset();
  return true;
}

void epoll_driver::cancel(operation& waiting) { sources_.cancel(waiting); }

void epoll_driver::ready(handle of, std::uint32_t events) {
  source* found = sources_.find(of);
  if (found == nullptr) return;
  constexpr std::uint32_t end = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & end) != 0) found->ended = true;
  if ((events & (EPOLLIN | end)) != 0) found->readable = true;
  const bool may_write = (events & (EPOLLOUT | end)) != 0 && found->is_writing();
  if (found->reader != nullptr && found->readable)
    if (result done; try_read(*found, done)) finish(*std::exchange(found->reader, nullptr), std::move(done));
  if (may_write) ready_to_write(of);
}

// Who has read may have closed it, or ended the writing.
void epoll_driver::ready_to_write(handle of) {
  source* found = sources_.find(of);
  if (found == nullptr || !found->is_writing()) return;
  result done;
  if (go_on_writing(*found, done) && found->writer != nullptr)
    finish(*std::exchange(found->writer, nullptr), std::move(done));
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
  std::array<epoll_event, events_at_once> events;
  int count = wait_for_events(events, timeout);
  if (count < 0 && errno != EINTR) fail("epoll_wait");
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    if (index + 1 < count) sources_.prefetch(static_cast<std::uint32_t>((&event)[1].data.u64));
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
