// SPDX-License-Identifier: Apache-2.0
// The part of uring_driver that speaks with the ring: what is asked of the kernel, what it answers, and how all of it
// is taken back.
#include <dialtone/io/uring_driver.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace dialtone::io {

namespace {

// A completion names its request, the source's slot, and enough of its generation to know one that comes too late.
constexpr std::uint32_t generation_mask = 0xffffff;

std::uint64_t token_of(handle of, std::uint8_t request) {
  return std::uint64_t{request} << 56 | std::uint64_t{of.generation & generation_mask} << 32 | of.slot;
}

bool is_for(std::uint64_t token, std::uint32_t generation) {
  return ((token >> 32) & generation_mask) == (generation & generation_mask);
}

}  // namespace

uring_driver::engine::engine(const uring_options& options) : ring{options} { buffers.emplace(ring, options); }

uring_driver::engine& uring_driver::running() {
  if (engine_ != nullptr) return *engine_;
  engine_ = std::make_unique<engine>(options_);
  // What was in flight when the ring before this one was given up.
  sources_.each([&](source& open, handle name) {
    if (open.reader != nullptr) list(open, name);
    if (open.is_writing()) arm_poll(open, name, request::writable, POLLOUT);
  });
  return *engine_;
}

std::string uring_driver::features() {
  const engine& now = running();
  return std::string{now.ring.defers() ? "deferred completions" : "eager completions"} +
         (now.buffers->are_shared() ? ", shared buffers" : ", whole buffers");
}

// Each write wakes the poll anew, so nobody needs to read the counter.
void uring_driver::begin_wakes() {
  if (std::exchange(hears_wakes_, true)) return;
  io_uring_sqe& asked = engine_->ring.submission();
  asked.opcode = IORING_OP_POLL_ADD;
  asked.fd = wake_;
  asked.poll32_events = POLLIN;
  asked.len = IORING_POLL_ADD_MULTI;
  asked.user_data = token_of({}, static_cast<std::uint8_t>(request::wake));
}

io_uring_sqe& uring_driver::begin(source& of, handle name, request kind, std::uint8_t operation) {
  io_uring_sqe& asked = running().ring.submission();
  asked.opcode = operation;
  asked.fd = of.descriptor;
  asked.user_data = token_of(name, static_cast<std::uint8_t>(kind));
  of.in_flight |= static_cast<std::uint8_t>(kind);
  ++in_flight_;
  return asked;
}

void uring_driver::arm_receive(source& from, handle name) {
  io_uring_sqe& asked = begin(from, name, request::receive, IORING_OP_RECV);
  asked.ioprio = IORING_RECV_MULTISHOT | IORING_RECVSEND_POLL_FIRST;
  asked.flags = IOSQE_BUFFER_SELECT;
  asked.buf_group = uring_buffers::group;
}

// The kernel goes on until all is sent (MSG_WAITALL), also when it has to wait for room.
void uring_driver::arm_send(source& to, handle name) {
  io_uring_sqe& asked = begin(to, name, request::send, IORING_OP_SEND);
  asked.addr = reinterpret_cast<std::uintptr_t>(to.sending.data());
  asked.len = static_cast<std::uint32_t>(to.sending.size());
  asked.msg_flags = MSG_NOSIGNAL | MSG_WAITALL;
}

void uring_driver::arm_poll(source& of, handle name, request kind, std::uint32_t events) {
  if (!of.has(kind)) begin(of, name, kind, IORING_OP_POLL_ADD).poll32_events = events;
}

void uring_driver::take_back(handle name, request kind) {
  io_uring_sqe& asked = running().ring.submission();
  asked.opcode = IORING_OP_ASYNC_CANCEL;
  asked.addr = token_of(name, static_cast<std::uint8_t>(kind));
  asked.flags = IOSQE_CQE_SKIP_SUCCESS;
  asked.user_data = token_of({}, static_cast<std::uint8_t>(request::cancel));
}

void uring_driver::take_back_all(const source& of, handle name) {
  for (const request kind : {request::receive, request::readable, request::writable, request::send})
    if (of.has(kind)) take_back(name, kind);
}

// The completions of others that come meanwhile wait for poll.
void uring_driver::settle(handle of) {
  const source& found = *sources_.find(of);
  if (found.in_flight == 0) return;
  take_back_all(found, of);
  while (found.in_flight != 0) {
    // A thread that is not the ring's (EEXIST) cannot; the kernel lets go when the ring is closed.
    if (engine_->ring.enter(duration::max()) != 0) return;
    absorb_all();
  }
}

void uring_driver::hand_over() {
  if (engine_ == nullptr) return;
  sources_.each([&](const source& open, handle name) { take_back_all(open, name); });
  while (in_flight_ != 0 && engine_->ring.enter(duration::max()) == 0) absorb_all();
  sources_.each([](source& open, handle) { open.in_flight = 0; });
  in_flight_ = 0;
  hears_wakes_ = false;
  engine_.reset();
}

void uring_driver::absorb_all() {
  engine_->ring.each_completion([this](const io_uring_cqe& done) { absorb(done); });
}

bytes uring_driver::piece_of(const io_uring_cqe& done) {
  if ((done.flags & IORING_CQE_F_BUFFER) == 0) return {};
  return engine_->buffers->take(static_cast<std::uint16_t>(done.flags >> IORING_CQE_BUFFER_SHIFT),
                                static_cast<std::size_t>(std::max(done.res, 0)), (done.flags & uring_buffer_more) != 0);
}

bool uring_driver::pass_on(const io_uring_cqe& done) {
  const auto kind = static_cast<request>(done.user_data >> 56);
  if (kind != request::receive && kind != request::send) return false;
  source* found = sources_.open_in(static_cast<std::uint32_t>(done.user_data));
  if (found == nullptr || !is_for(done.user_data, found->generation)) return false;
  return kind == request::receive ? pass_on_received(*found, done) : pass_on_sent(*found, done);
}

// Pieces that have come together are joined.
bool uring_driver::pass_on_received(source& from, const io_uring_cqe& done) {
  constexpr std::uint32_t goes_on = IORING_CQE_F_MORE | IORING_CQE_F_BUFFER;
  if (from.reader == nullptr || done.res <= 0 || (done.flags & goes_on) != goes_on || !from.received.empty() ||
      from.next_read != reads::pieces || engine_->ring.has_another_of(done.user_data))
    return false;
  finish(*std::exchange(from.reader, nullptr), {.data = piece_of(done)});
  return true;
}

bool uring_driver::pass_on_sent(source& to, const io_uring_cqe& done) {
  if (to.writer == nullptr || to.send_error != 0 || done.res <= 0 ||
      static_cast<std::size_t>(done.res) != to.sending.size())
    return false;
  --in_flight_;
  to.in_flight &= static_cast<std::uint8_t>(~static_cast<std::uint8_t>(request::send));
  to.sent += std::exchange(to.sending, {}).size();
  finish(*std::exchange(to.writer, nullptr), {.sent = to.sent});
  return true;
}

void uring_driver::absorb(const io_uring_cqe& done) {
  const auto kind = static_cast<request>(done.user_data >> 56);
  const bool ends = (done.flags & IORING_CQE_F_MORE) == 0;
  if (kind == request::cancel) return;
  if (kind == request::wake) {
    if (ends) hears_wakes_ = false;
    return;
  }
  bytes piece = piece_of(done);
  const auto slot = static_cast<std::uint32_t>(done.user_data);
  source* found = sources_.open_in(slot);
  if (ends && in_flight_ != 0) --in_flight_;
  if (found == nullptr || !is_for(done.user_data, found->generation)) return;
  const handle name{slot, found->generation};
  if (ends) found->in_flight &= static_cast<std::uint8_t>(~static_cast<std::uint8_t>(kind));
  if (kind == request::receive)
    absorb_received(*found, name, done, std::move(piece));
  else if (kind == request::send)
    absorb_sent(*found, name, done.res);
  else if (done.res != -ECANCELED && (found->reader != nullptr || found->is_writing()))
    list(*found, name);
}

void uring_driver::absorb_received(source& from, handle name, const io_uring_cqe& done, bytes piece) {
  if (!piece.empty()) from.received.add(std::move(piece));
  if ((done.flags & IORING_CQE_F_MORE) == 0) {
    from.stopping = false;
    if (done.res == -EINVAL || done.res == -EAGAIN)
      from.ahead = false;  // not for this kind of socket
    else if (done.res <= 0 && done.res != -ENOBUFS && done.res != -ECANCELED)
      from.received.end(-done.res);
  } else if (from.received.cost() > unread_limit && !std::exchange(from.stopping, true)) {
    take_back(name, request::receive);
  }
  if (from.reader != nullptr) list(from, name);
}

void uring_driver::absorb_sent(source& to, handle name, int result) {
  if (result > 0) {
    const auto sent = static_cast<std::size_t>(result);
    to.sent += sent;
    to.sending = sent == to.sending.size() ? bytes{} : to.sending.drop(sent);
  } else if (result != -ECANCELED && result != -EAGAIN && result != -EINTR) {
    to.send_error = -result;
  }
  if (to.is_writing()) list(to, name);
}

void uring_driver::list(source& ready, handle name) {
  if (std::exchange(ready.listed, true)) return;
  ready_.push_back(name);
}

}  // namespace dialtone::io
