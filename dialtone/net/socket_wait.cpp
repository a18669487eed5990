// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/socket_wait.hpp>

namespace dialtone::detail {

template <class Request, class Result>
void socket_wait<Request, Result>::time_is_up(timer_node& timer) {
  auto& self = static_cast<socket_wait&>(timer);
  if constexpr (std::is_same_v<Request, send_request>) {
    // A socket that closes or moves has told who waits there.
    self.result_ = std::unexpected{self.waited_for()->give_up(self)};
  } else {
    self.forget();
    self.result_ = failed(net_operation::recv, net_error::timeout);
  }
  wake(self);
}

template class socket_wait<recv_request, recv_result>;
template class socket_wait<send_request, send_result>;

socket_arrival::~socket_arrival() {
  if (waits_) socket_table::of(this_scheduler()).awaited.forget(socket_, this);
}

bool socket_arrival::await_ready() {
  socket_table& here = socket_table::here();
  const auto told = [](void* who, std::optional<net_error::code_type> refused) {
    auto& self = *static_cast<socket_arrival*>(who);
    self.waits_ = false;
    self.refused_ = refused;
    this_core->make_ready(*self.process, self);
  };
  if (here.find_any(socket_) == nullptr) {
    refused_ = here.awaited.wait_for(socket_, {this, told});
    waits_ = !refused_;
  }
  return !waits_ && this_core->may_continue();
}

bool recv_wait::await_ready() {
  socket_table& here = socket_table::here();
  begin(here);
  if (!result_ && limit_ <= duration::zero()) {
    leave(here);
    result_ = failed(net_operation::recv, net_error::timeout);
  }
  return result_.has_value() && this_core->may_continue();
}

void recv_wait::begin(socket_table& table) {
  if (stream_socket* known = table.find<stream_socket>(socket_))
    result_ = known->recv(*this);
  else if (const auto refused = table.awaited.wait_for(socket_, {static_cast<socket_wait*>(this), &socket_has_come}))
    result_ = failed(net_operation::recv, *refused);
}

void recv_wait::socket_has_come(void* who, std::optional<net_error::code_type> refused) {
  auto& self = static_cast<recv_wait&>(*static_cast<socket_wait*>(who));
  if (self.process->has(dying)) return;  // was killed in a function that blocks: others may read what comes
  if (refused)
    self.result_ = failed(net_operation::recv, *refused);
  else
    self.begin(socket_table::of(this_scheduler()));
  if (self.result_) self.go_on();
}

bool stream_send_wait::await_ready() {
  socket_table& here = socket_table::here();
  stream_socket* known = here.find<stream_socket>(socket_);
  if (known == nullptr) {
    if (const auto elsewhere = here.way_to(socket_))
      elsewhere_ = send_elsewhere(*elsewhere, socket_, *this);
    else
      result_ = std::unexpected{net_error{net_operation::send, net_error::closed}.leaving(data.size())};
  } else {
    limit_ = known->send_timeout();
    result_ = known->send(*this);
  }
  return result_.has_value() && this_core->may_continue();
}

}  // namespace dialtone::detail
