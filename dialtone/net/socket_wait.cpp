// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/socket_wait.hpp>

namespace dialtone::detail {

template <class Request, class Result>
void socket_wait<Request, Result>::time_is_up(timer_node& timer) noexcept {
  auto& self = static_cast<socket_wait&>(timer);
  self.forget();
  constexpr bool sends = std::is_same_v<Request, send_request>;
  self.result_ = failed(sends ? net_operation::send : net_operation::recv, net_error::timeout);
  if constexpr (sends) {
    auto* found = socket_table::of(this_scheduler()).template find<stream_socket>(self.socket_);
    if (found != nullptr && found->closes_at_send_timeout()) found->close();
  }
  wake(self);
}

template class socket_wait<recv_request, recv_result>;
template class socket_wait<send_request, send_result>;

bool recv_wait::await_ready() {
  stream_socket* known = socket();
  if (known == nullptr)
    result_ = failed(net_operation::recv, why_not_found(socket_));
  else
    result_ = known->recv(*this);
  if (!result_ && limit_ <= duration::zero()) {
    known->forget(*this);
    result_ = failed(net_operation::recv, net_error::timeout);
  }
  return result_.has_value() && this_core->may_continue();
}

bool stream_send_wait::await_ready() {
  stream_socket* known = socket();
  if (known == nullptr) {
    if (const auto elsewhere = socket_table::here().way_to(socket_))
      elsewhere_ = send_elsewhere(*elsewhere, socket_, std::move(data_), *this);
    else
      result_ = failed(net_operation::send, net_error::closed);
  } else {
    limit_ = known->send_timeout();
    result_ = known->send(std::move(data_), *this);
  }
  return result_.has_value() && this_core->may_continue();
}

}  // namespace dialtone::detail
