// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/datagram_socket.hpp>

#include <cerrno>

namespace dialtone::detail {

datagram_socket::own_operation::own_operation(datagram_socket& self)
    : io::datagram_operation{[](io::operation& done, io::result&& result) {
        static_cast<own_operation&>(done).self.arrived(std::move(result));
      }},
      self{self} {}

datagram_socket::own_turn::own_turn(datagram_socket& self)
    : late_work{[](late_work& work) { static_cast<own_turn&>(work).self.pump(); }}, self{self} {}

datagram_socket::datagram_socket(socket_table& home, io::driver& driver, io::handle handle,
                                 const datagram_messages& messages)
    : any_socket{its_kind, home, driver, handle},
      messages_{messages},
      writer_{driver, handle},
      operation_{*this},
      next_turn_{*this} {
  const auto local = driver.local_name(handle);
  const auto internet = local ? local->internet() : std::nullopt;
  is_v6_ = internet && internet->is_v6;
  if (!internet) writer_.cut_here();
}

datagram_socket::~datagram_socket() {
  if (operation_.in_flight) driver().cancel(operation_);
}

// --- receiving ---

std::optional<datagram_result> datagram_socket::recv(datagram_request& request) {
  constexpr auto refused = [](net_error why) { return datagram_result{std::unexpected{std::move(why)}}; };
  if (!active_.is_passive()) return refused(net_error::of_system(net_operation::recv, EINVAL));
  if (waiting_ != nullptr) return refused({net_operation::recv, net_error::already_reading});
  if (auto taken = take()) return taken;
  waiting_ = &request;
  return std::nullopt;
}

void datagram_socket::forget(datagram_request& request) {
  if (waiting_ != &request) return;
  waiting_ = nullptr;
  driver().cancel(operation_);
}

// Empty while it is under way.
std::optional<datagram_result> datagram_socket::take() {
  if (auto next = reader_.take(buffer_)) return std::move(*next);
  if (lost_ != 0) return std::unexpected{net_error::of_system(net_operation::recv, lost_)};
  if (operation_.in_flight) return std::nullopt;
  // What the kernel has joined is cut afterwards.
  operation_.room = gro_ ? datagram_options::buffer_limit : buffer_;
  io::result done;
  if (!driver().receive_datagram(handle_, operation_, done)) return std::nullopt;
  return received(std::move(done));
}

datagram_result datagram_socket::received(io::result done) {
  if (done.error != 0) return std::unexpected{error_of(net_operation::recv, done.error)};
  received_bytes_ += done.data.size();
  const std::size_t segment = operation_.got.ancillary.segment_size;
  received_packets_ += segment == 0 ? 1 : (done.data.size() + segment - 1) / segment;
  reader_.arrived(std::move(done.data), operation_.got);
  return *reader_.take(buffer_);
}

// A receive is in flight only while somebody waits, or the socket is active.
void datagram_socket::arrived(io::result done) {
  datagram_result got = received(std::move(done));
  if (datagram_request* served = std::exchange(waiting_, nullptr)) return served->complete(*served, std::move(got));
  if (deliver(std::move(got))) pump();
}

void datagram_socket::pump() {
  // It would be told without an end.
  if (lost_ != 0 && !active_.is_passive()) {
    active_ = active::passive;
    tell(messages_.error(name(), net_error::of_system(net_operation::recv, lost_)));
    return;
  }
  for (std::size_t left = read_packets_; !active_.is_passive() && !operation_.in_flight; --left) {
    if (gate_ != nullptr && gate_->is_shut()) return;
    if (left == 0) return home().next_turn.ask(next_turn_);
    auto next = take();
    if (!next) return;
    if (!deliver(std::move(*next))) return;
  }
}

// An error is not the end of the socket, and does not count. False when the socket is gone.
bool datagram_socket::deliver(datagram_result got) {
  if (!got) return tell(messages_.error(name(), got.error()));
  const std::size_t size = got->bytes.size();
  if (!tell(messages_.data(name(), std::move(*got)))) return false;
  if (active_.is_always()) {
    if (gate_ == nullptr) gate_ = std::make_unique<flood_gate>(*this);
    gate_->count(home().slots.find(owner()), size);
  }
  const bool counted = active_.is_count();
  active_ = active_.after_message();
  return !counted || !active_.is_passive() || tell(messages_.passive(name()));
}

// --- the rest ---

std::optional<datagram_send_result> datagram_socket::send(datagram_send_request& request) {
  if (lost_ != 0) return std::unexpected{net_error::of_system(net_operation::send, lost_)};
  return writer_.send(request);
}

std::expected<void, net_error> datagram_socket::connect(const socket_address& peer) {
  io::operation never_waits{nullptr};  // a datagram socket is connected at once
  io::result done;
  if (!driver().connect(handle_, to_socket_name(peer), never_waits, done)) {
    driver().cancel(never_waits);
    done.error = EINPROGRESS;
  }
  if (done.error == 0) return {};
  return std::unexpected{net_error::of_system(net_operation::connect, done.error).at(peer)};
}

datagram_statistics datagram_socket::statistics() const {
  return {received_bytes_, received_packets_, writer_.sent_bytes(), writer_.sent_datagrams()};
}

void datagram_socket::describe(net::socket_info& info) const {
  any_socket::describe(info);
  info.type = net::socket_type::datagram;
  info.state = net::socket_state::open;
  if (auto peer = peer_address()) {
    info.state = net::socket_state::connected;
    info.foreign = std::move(*peer);
  }
  info.active = active_;
  const datagram_statistics counted = statistics();
  info.received_bytes = counted.received_bytes;
  info.received_packets = counted.received_packets;
  info.sent_bytes = counted.sent_bytes;
  info.sent_packets = counted.sent_packets;
  info.waiting_readers = waiting_ == nullptr ? 0 : 1;
  info.waiting_senders = writer_.waiting();
}

void datagram_socket::end() {
  const net_error closed{net_operation::recv, net_error::closed};
  if (datagram_request* told = std::exchange(waiting_, nullptr)) told->complete(*told, std::unexpected{closed});
  writer_.tell_all(net_error::closed);
  delete this;
}

// --- the way to another scheduler ---

void datagram_socket::let_go() {
  const net_error gone{net_operation::recv, net_error::elsewhere};
  if (datagram_request* told = std::exchange(waiting_, nullptr)) told->complete(*told, std::unexpected{gone});
  writer_.stop();
  driver().cancel(operation_);
  next_turn_.cancel();
  gate_.reset();
}

void datagram_socket::go_on() {
  writer_.lives_at(driver(), handle_);
  pump();
}

}  // namespace dialtone::detail
