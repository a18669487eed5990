// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/datagram_wait.hpp>

namespace dialtone::detail {

bool datagram_wait::await_ready() {
  socket_table& here = socket_table::here();
  begin<[](at_datagram_socket& self, datagram_socket& socket) { return socket.recv(self); }>(here);
  if (!result_ && timer_.limit <= duration::zero()) {
    leave(here);
    refuse(net_error::timeout);
  }
  return result_.has_value() && this_core->may_continue();
}

bool datagram_send_wait::await_ready() {
  socket_table& here = socket_table::here();
  if (auto* known = here.find<datagram_socket>(socket_))
    result_ = known->send(*this);
  else if (const auto elsewhere = here.way_to(socket_))
    elsewhere_ = send_elsewhere(*elsewhere, socket_, calling_process().self(), *this);
  else
    result_ = std::unexpected{net_error{net_operation::send, net_error::closed}};
  return result_.has_value() && this_core->may_continue();
}

void datagram_send_wait::sent_or_moved(datagram_send_request& request, datagram_send_result result) {
  auto& self = static_cast<datagram_send_wait&>(request);
  if (result || result.error() != net_error::elsewhere) return completed(request, std::move(result));
  self.elsewhere_ = send_elsewhere(this_scheduler().index, self.socket_, self.process->self(), request);
}

}  // namespace dialtone::detail
