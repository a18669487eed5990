// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/datagram_wait.hpp>

namespace dialtone::detail {

bool datagram_wait::await_ready() {
  datagram_socket* known = socket();
  if (known == nullptr)
    result_ = std::unexpected{net_error{net_operation::recv, why_not_found(socket_)}};
  else
    result_ = known->recv(*this);
  if (!result_ && timer_.limit <= duration::zero()) {
    known->forget(*this);
    result_ = std::unexpected{net_error{net_operation::recv, net_error::timeout}};
  }
  return result_.has_value() && this_core->may_continue();
}

bool datagram_send_wait::await_ready() {
  datagram_socket* known = socket();
  if (known == nullptr)
    result_ = std::unexpected{net_error{net_operation::send, why_not_found(socket_)}};
  else
    result_ = known->send(*this);
  return result_.has_value() && this_core->may_continue();
}

}  // namespace dialtone::detail
