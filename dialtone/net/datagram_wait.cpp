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
  begin<[](at_datagram_socket& self, datagram_socket& socket) { return socket.send(self); }>(socket_table::here());
  return result_.has_value() && this_core->may_continue();
}

}  // namespace dialtone::detail
