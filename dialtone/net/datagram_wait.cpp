// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/datagram_wait.hpp>

namespace dialtone::detail {

bool datagram_wait::await_ready() {
  socket_table& here = socket_table::here();
  begin(here);
  if (!result_ && timer_.limit <= duration::zero()) {
    leave(here);
    refuse(net_error::timeout);
  }
  return result_.has_value() && this_core->may_continue();
}

void datagram_wait::begin(socket_table& table) {
  if (auto* known = table.find<datagram_socket>(socket_))
    result_ = known->recv(*this);
  else if (const auto refused =
               table.awaited.wait_for(socket_, {static_cast<at_datagram_socket*>(this), &socket_has_come}))
    refuse(*refused);
}

void datagram_wait::socket_has_come(void* who, std::optional<net_error::code_type> refused) {
  auto& self = static_cast<datagram_wait&>(*static_cast<at_datagram_socket*>(who));
  if (self.process->has(dying)) return;  // was killed in a function that blocks: others may take what comes
  if (refused)
    self.refuse(*refused);
  else
    self.begin(socket_table::of(this_scheduler()));
  if (self.result_) self.go_on();
}

bool datagram_send_wait::await_ready() {
  socket_table& here = socket_table::here();
  if (auto* known = here.find<datagram_socket>(socket_))
    result_ = known->send(*this);
  else if (here.way_to(socket_))
    elsewhere_ = send_elsewhere(socket_, calling_process().self(), *this);
  else
    result_ = std::unexpected{net_error{net_operation::send, net_error::closed}};
  return result_.has_value() && this_core->may_continue();
}

void datagram_send_wait::sent_or_moved(datagram_send_request& request, datagram_send_result result) {
  auto& self = static_cast<datagram_send_wait&>(request);
  if (result || result.error() != net_error::elsewhere) return completed(request, std::move(result));
  self.elsewhere_ = send_elsewhere(self.socket_, self.process->self(), request);
}

}  // namespace dialtone::detail
