// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/stream_socket.hpp>

#include <algorithm>
#include <cerrno>

#include <dialtone/io/socket_option.hpp>

namespace dialtone::detail {

stream_socket::stream_socket(socket_table& home, io::driver& driver, io::handle handle)
    : any_socket{its_kind, home, driver, handle},
      stream_read{[](io::operation& done, io::result&& result) {
        static_cast<stream_socket&>(static_cast<stream_read&>(done)).arrived(std::move(result));
      }},
      stream_write{[](io::operation& done, io::result&& result) {
        auto& self = static_cast<stream_socket&>(static_cast<stream_write&>(done));
        self.written(result);
        self.flush();
      }},
      late_work{[](late_work& work) { static_cast<stream_socket&>(work).work_late(); }},
      reader_{packet::raw} {}

// --- receiving ---

void stream_socket::recv(recv_request& request) {
  const bool of_packets = request.length != 0 && reader_.type() != packet::raw;
  if (!active_.is_passive() || of_packets)
    request.result = std::unexpected{net_error::of_system(net_operation::recv, EINVAL)};
  else if (waiting_ != nullptr)
    request.result = std::unexpected{net_error{net_operation::recv, net_error::already_reading}};
  else if (!take(request))
    waiting_ = &request;
}

void stream_socket::forget(recv_request& request) {
  if (waiting_ == &request) waiting_ = nullptr;
}

/// False: more has to arrive, or to be read in the next turn.
bool stream_socket::take(recv_request& request) {
  std::size_t left = reads_in_turn;
  if (reader_.is_passed_by() && !request.is_for_http) {  // nothing is held, as nearly always
    if (!read_some()) return false;
    --left;
  }
  // The type may also have become another while it waits.
  if (request.is_for_http && !reader_.has_http()) {
    request.result = std::unexpected{net_error{net_operation::recv, net_error::bad_option}.at("packet")};
    return true;
  }
  for (;; --left) {
    if (take_held(request)) {
      if (!*request.result) end_if_nothing_follows();
      return true;
    }
    if (left == 0) read_on_later();
    if (left == 0 || !read_some()) return false;
  }
}

bool stream_socket::take_held(recv_request& request) {
  if (!request.is_for_http) return reader_.take(request.length, request.result);
  const auto taken = reader_.take_http(static_cast<http_recv_request&>(request).line);
  if (taken) request.result = *taken ? recv_result{} : std::unexpected{taken->error()};
  return taken.has_value();
}

/// False while it is under way, and behind the end.
bool stream_socket::read_some() {
  if (reading().in_flight || reader_.has_ended()) return false;
  io::result done;
  if (!driver().receive(handle_, reading(), done)) return false;
  read(std::move(done));
  return true;
}

void stream_socket::count_received(std::size_t size) {
  received_bytes_ += size;
  ++received_packets_;
  received_largest_ = std::max(received_largest_, static_cast<std::uint32_t>(size));
}

// What the driver tells later. Mostly somebody waits for whatever comes.
void stream_socket::arrived(io::result&& done) {
  const bool is_passed_on = waiting_ != nullptr && waiting_->length == 0 && !waiting_->is_for_http &&
                            !done.data.empty() && reader_.is_passed_by();
  if (!is_passed_on) {
    read(std::move(done));
    return serve();
  }
  count_received(done.data.size());
  recv_request& served = *std::exchange(waiting_, nullptr);
  served.result.emplace(std::move(done.data));
  served.complete(served);
}

void stream_socket::read(io::result&& done) {
  if (done.error == 0 && !done.data.empty()) {
    count_received(done.data.size());
    reader_.arrived(std::move(done.data));
  } else if (done.error == 0 || (done.error == ECONNRESET && !show_econnreset_)) {
    reader_.ended({net_operation::recv, net_error::closed});
  } else {
    reader_.ended(error_of(net_operation::recv, done.error));
  }
}

// Something has arrived that nobody has looked at. May destroy the socket: a message with the end is the last.
void stream_socket::serve() {
  if (waiting_ != nullptr)
    serve_recv();
  else if (!pump())
    return;
  if (end_told_ && exit_on_close_) close();
}

void stream_socket::serve_recv() {
  if (!take(*waiting_)) return;
  recv_request& served = *std::exchange(waiting_, nullptr);
  served.complete(served);
}

void stream_socket::refuse(net_error::code_type why) {
  if (waiting_ == nullptr) return;
  recv_request& refused = *std::exchange(waiting_, nullptr);
  refused.result = std::unexpected{net_error{net_operation::recv, why}};
  refused.complete(refused);
}

// False when the socket is gone.
bool stream_socket::pump() {
  std::size_t reads = reads_in_turn;
  std::size_t messages = messages_in_turn;
  while (!active_.is_passive() && (gate_ == nullptr || !gate_->is_shut())) {
    if (reads == 0 || messages == 0) {
      read_on_later();
      return true;
    }
    const auto delivered = deliver_next();
    if (delivered == delivery::gone) return false;
    if (delivered == delivery::told)
      --messages;
    else if (read_some())
      --reads;
    else
      return true;
  }
  return true;
}

void stream_socket::read_on_later() {
  reads_later_ = true;
  paused_ = static_cast<std::uint32_t>(home().turns);
  home().next_turn.ask(*this);
}

// At the end of a slice or of a turn, or at the beginning of the next: there is one late work for both directions.
void stream_socket::work_late() {
  const bool reads = reads_later_;
  if (!reads || writer_.size() != 0) flush();  // may be the end of a closed socket, which does not read
  if (!reads) return;
  // Not in the name of the process whose slice has ended.
  if (home().in_process() || paused_ == static_cast<std::uint32_t>(home().turns)) return home().next_turn.ask(*this);
  reads_later_ = false;
  serve();
}

stream_socket::delivery stream_socket::deliver_next() {
  const auto next = next_message();
  if (!next) return delivery::nothing;
  if (*next) return tell((*next)->message) && count_down((*next)->size) ? delivery::told : delivery::gone;
  if (end_told_) return delivery::nothing;
  end_told_ = true;
  if (next->error() != net_error::closed && !tell(error_message(name(), next->error()))) return delivery::gone;
  return tell(closed_message(name())) ? delivery::nothing : delivery::gone;
}

std::optional<std::expected<stream_socket::packet_message, net_error>> stream_socket::next_message() {
  if (reader_.has_http()) {
    http_packet line;
    const auto taken = reader_.take_http(line);
    if (!taken) return std::nullopt;
    if (!*taken) return std::unexpected{taken->error()};
    return packet_message{http_message(name(), std::move(line)), **taken};
  }
  std::optional<recv_result> next;
  if (!reader_.take(0, next)) return std::nullopt;
  if (!*next) return std::unexpected{std::move(*next).error()};
  const std::size_t size = (*next)->size();
  return packet_message{data_message(name(), std::move(**next)), size};
}

// False when the socket is gone.
bool stream_socket::count_down(std::size_t size) {
  if (active_.is_always()) {
    if (gate_ == nullptr) gate_ = std::make_unique<flood_gate>(*this);
    gate_->count(home().slots.find(owner()), size);
  }
  const bool counted = active_.is_count();
  active_ = active_.after_message();
  return !counted || !active_.is_passive() || tell(passive_message(name()));
}

// The end of the peer's data, or an error, ends the connection as well, unless its owner wants to answer still. What
// is unsent goes out first; calls go on to say how it has ended.
void stream_socket::end_if_nothing_follows() {
  if (!exit_on_close_) return;
  if (!write_error_) write_error_ = net_error{net_operation::send, net_error::closed};
  has_ended_ = true;
  if (writer_.size() == 0) finish_writing();
}

std::expected<void, net_error> stream_socket::unrecv(bytes data) {
  reader_.unrecv(std::move(data));
  serve();
  return {};
}

// --- sending ---

bool stream_socket::send(send_request& request, std::optional<send_result>& told) {
  if (write_error_ || shutting_down_) {
    const net_error why = write_error_ ? *write_error_ : net_error{net_operation::send, net_error::closed};
    told = std::unexpected{why.leaving(request.data.size())};
    return true;
  }
  // An answer goes out when its process waits again; what follows in the same turn, from whomever, goes out together.
  const bool late = last_flush_ == static_cast<std::uint32_t>(home().turns) || !home().in_process() ||
                    DIALTONE_FAULT_POINT(home(), fault_points::send_late);
  if (reads_later_) late_work::cancel();  // that is sooner than the next turn
  (late ? home().turn_end : home().slice_end).ask(*this);
  return writer_.add(reader_.type(), request, told);
}

net_error stream_socket::give_up(send_request& request) {
  const bool goes_on = !send_timeout_close_ || linger_time_ != 0;
  const net_error late = writer_.left_of(request, {net_operation::send, net_error::timeout},
                                         goes_on ? net_error::rest::queued : net_error::rest::dropped, sent_so_far());
  writer_.forget(request);
  if (send_timeout_close_) close();
  return late;
}

bool stream_socket::frames_packets() const {
  const auto header = encode_packet_header(reader_.type(), 0);
  return header && !header->empty();
}

void stream_socket::flush() {
  last_flush_ = static_cast<std::uint32_t>(home().turns);
  while (!writer_.under_way() && writer_.size() != 0) {
    io::result done;
    const auto send = [&](std::span<bytes> pieces) { return driver().send(handle_, pieces, writing(), done); };
    if (!writer_.take(send)) return;
    written(done);
  }
  if (writer_.size() == 0) finish_writing();
}

void stream_socket::written(const io::result& done) {
  if (done.error == 0) return writer_.sent();
  write_error_ = error_of(net_operation::send, done.error);
  writer_.fail(*write_error_, done.sent);
}

// Nothing is unsent, or can be sent any more.
void stream_socket::finish_writing() {
  if (shutting_down_ && !write_error_) {
    write_error_ = net_error{net_operation::send, net_error::closed};
    driver().shutdown(handle_, io::shutdown_how::write);
  }
  if (is_closed()) return delete this;
  if (!has_ended_) return;
  driver().cancel(reading());  // it would be told from within the reading that has found the end
  driver().close(handle_);
}

std::expected<void, net_error> stream_socket::shut_down(shutdown_how how) {
  if (how != shutdown_how::write)
    if (const int error = driver().shutdown(handle_, shutdown_how::read); error != 0)
      return std::unexpected{error_of(net_operation::shutdown, error)};
  return how == shutdown_how::read ? std::expected<void, net_error>{} : shut_down_write();
}

std::expected<void, net_error> stream_socket::shut_down_write() {
  if (shutting_down_) return {};
  if (write_error_) return std::unexpected{net_error{net_operation::shutdown, (*write_error_).code()}};
  shutting_down_ = true;
  if (writer_.size() == 0) finish_writing();
  return {};
}

// --- the end ---

stream_socket::~stream_socket() {
  writer_.tell_all({net_operation::send, net_error::closed}, net_error::rest::dropped, 0);  // with its runtime
  if (reading().in_flight) driver().cancel(reading());
  if (writing().in_flight) driver().cancel(writing());
}

void stream_socket::end() {
  active_ = active::passive;
  reads_later_ = false;
  gate_.reset();
  refuse(net_error::closed);
  driver().cancel(reading());
  // Nobody can find the socket any more to be taken off its queue.
  writer_.tell_all({net_operation::send, net_error::closed},
                   linger_time_ == 0 ? net_error::rest::dropped : net_error::rest::queued, sent_so_far());
  if (linger_time_ == 0) return reset();
  if (writer_.size() != 0) linger_ = std::make_unique<linger_timer>(*this);
  flush();
}

// --- the way to another scheduler ---

void stream_socket::let_go() {
  refuse(net_error::elsewhere);
  // Who waits follows the socket; or, when that takes nothing more, has sent what it takes along.
  if (shutting_down_ || write_error_)
    writer_.let_all_in();
  else
    writer_.let_queued_go();
  driver().cancel(reading());
  driver().cancel(writing());
  late_work::cancel();
  reads_later_ = false;
  gate_.reset();
  last_flush_ = 0;
}

void stream_socket::take_back(io::released& kernel) { writer_.take_back(std::exchange(kernel.unsent, {})); }

void stream_socket::lost(io::released& kernel, int system_code) {
  if (!kernel.received.empty()) reader_.arrived(std::move(kernel.received));
  reader_.ended(net_error::of_system(net_operation::recv, system_code));
  if (!write_error_) write_error_ = net_error::of_system(net_operation::send, system_code);
  writer_.fail(*write_error_, 0);
}

void stream_socket::go_on() {
  flush();
  serve();
}

// --- the limit of the end ---

void stream_socket::reset() {
  io::set_linger(driver(), handle_, std::chrono::seconds{0});
  delete this;
}

stream_socket::linger_timer::linger_timer(stream_socket& self)
    : timer_node{[](timer_node& node) { static_cast<linger_timer&>(node).self.reset(); }}, self{self} {
  self.home().wheel.add(*this, after_delay(self.home().now(), std::chrono::milliseconds{self.linger_time_}));
}

stream_socket::linger_timer::~linger_timer() {
  if (is_set()) self.home().wheel.remove(*this);
}

}  // namespace dialtone::detail
