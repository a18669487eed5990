// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/datagram_writer.hpp>

#include <algorithm>
#include <cerrno>

#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

namespace {

net_error send_error(int code) {
  if (code == EMSGSIZE) return {net_operation::send, net_error::message_too_long};
  return error_of(net_operation::send, code);
}

// A kernel or a device that cannot, or a segment that does not fit into a packet.
bool cannot_cut(int code) { return code == EIO || code == EOPNOTSUPP; }
bool is_about_cutting(int code) { return code == EINVAL || code == EMSGSIZE || cannot_cut(code); }

}  // namespace

datagram_writer::own_operation::own_operation(datagram_writer& self)
    : io::operation{[](io::operation& operation, io::result&& done) {
        static_cast<own_operation&>(operation).self.ended(std::move(done));
      }},
      self{self} {}

std::optional<datagram_send_result> datagram_writer::send(datagram_send_request& request) {
  if (request.segment_size >= request.unsent.data.size()) request.segment_size = 0;
  const bool in_turn = waiting_.empty() && !operation_.in_flight;
  if (in_turn)
    if (auto result = go_on(request)) return result;
  waiting_.add(request);
  return std::nullopt;
}

void datagram_writer::forget(datagram_send_request& request) {
  if (request.link == nullptr) return;
  abandoned_ = abandoned_ || (operation_.in_flight && &waiting_.first() == &request);
  waiting_.forget(request);
}

void datagram_writer::tell_all(net_error::code_type why) {
  stop();
  abandoned_ = false;
  while (!waiting_.empty()) {
    datagram_send_request& told = waiting_.first();
    waiting_.forget(told);
    told.complete(told, std::unexpected{net_error{net_operation::send, why}});
  }
}

void datagram_writer::ended(io::result done) {  // NOLINT(performance-unnecessary-value-param): as it comes
  if (!std::exchange(abandoned_, false)) {
    datagram_send_request& first = waiting_.first();
    auto result = sent(first, done);
    if (!result) result = go_on(first);
    if (!result) return;
    waiting_.forget(first);
    first.complete(first, std::move(*result));
  }
  serve();
}

void datagram_writer::serve() {
  while (!waiting_.empty() && !operation_.in_flight) {
    datagram_send_request& first = waiting_.first();
    auto result = go_on(first);
    if (!result) return;
    waiting_.forget(first);
    first.complete(first, std::move(*result));
  }
}

// Sends until all is out, or an error; empty while a part is under way.
std::optional<datagram_send_result> datagram_writer::go_on(datagram_send_request& request) {
  for (;;) {
    io::result done;
    if (!driver_->send_datagram(handle_, next_part(request), operation_, done)) return std::nullopt;
    if (auto result = sent(request, done)) return result;
  }
}

io::outgoing_datagram datagram_writer::next_part(const datagram_send_request& request) {
  const std::size_t segment = request.segment_size;
  io::outgoing_datagram part = request.unsent;
  const bool may_be_cut = segment != 0 && 2 * segment <= bytes_at_once && part.data.size() > segment;
  cut_by_kernel_ = may_be_cut && kernel_cuts_ && request.kernel_cuts;
  if (cut_by_kernel_) {
    part.data =
        part.data.first(std::min(part.data.size(), segment * std::min(segments_at_once, bytes_at_once / segment)));
    part.ancillary.segment_size = static_cast<std::uint16_t>(segment);
  } else if (segment != 0) {
    part.data = part.data.first(std::min(part.data.size(), segment));
  }
  part_size_ = part.data.size();
  return part;
}

// Empty when there is more to send.
std::optional<datagram_send_result> datagram_writer::sent(datagram_send_request& request, const io::result& done) {
  if (done.error != 0 && cut_by_kernel_ && is_about_cutting(done.error)) {
    request.kernel_cuts = false;
    kernel_cuts_ = kernel_cuts_ && !cannot_cut(done.error);
    return std::nullopt;
  }
  if (done.error != 0) return std::unexpected{send_error(done.error)};
  sent_bytes_ += part_size_;
  sent_datagrams_ += cut_by_kernel_ ? (part_size_ + request.segment_size - 1) / request.segment_size : 1;
  request.unsent.data = request.unsent.data.drop(part_size_);
  if (request.unsent.data.empty()) return datagram_send_result{};
  return std::nullopt;
}

}  // namespace dialtone::detail
