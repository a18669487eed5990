// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/socket_wait.hpp>

namespace dialtone::detail {

template <class Request>
void socket_wait<Request>::time_is_up(timer_node& timer) {
  auto& self = static_cast<socket_wait&>(timer);
  if constexpr (std::is_base_of_v<send_request, Request>) {
    // A socket that closes or moves has told who waits there.
    self.result = std::unexpected{self.waited_for()->give_up(self)};
  } else {
    self.forget();
    self.fail(net_operation::recv, net_error::timeout);
  }
  wake(self);
}

template class socket_wait<recv_request>;
template class socket_wait<http_recv_request>;
template class socket_wait<awaited_send>;

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

template <class Request>
bool reading_wait<Request>::await_ready() {
  socket_table& here = socket_table::here();
  begin(here);
  if (!this->result && this->limit() <= duration::zero()) {
    this->leave(here);
    this->fail(net_operation::recv, net_error::timeout);
  }
  return this->result.has_value() && this_core->may_continue();
}

template <class Request>
void reading_wait<Request>::begin(socket_table& table) {
  using wait = socket_wait<Request>;
  if (auto* known = table.find<stream_socket>(this->socket_))
    known->recv(*this);
  else if (const auto refused =
               table.awaited.wait_for(this->socket_, {static_cast<wait*>(this), &reading_wait::socket_has_come}))
    this->fail(net_operation::recv, *refused);
}

template <class Request>
void reading_wait<Request>::socket_has_come(void* who, std::optional<net_error::code_type> refused) {
  auto& self = static_cast<reading_wait&>(*static_cast<socket_wait<Request>*>(who));
  if (self.process->has(dying)) return;  // was killed in a function that blocks: others may read what comes
  if (refused)
    self.fail(net_operation::recv, *refused);
  else
    self.begin(socket_table::of(this_scheduler()));
  if (self.result) self.go_on();
}

template class reading_wait<recv_request>;
template class reading_wait<http_recv_request>;

bool stream_send_wait::await_ready() {
  socket_table& here = socket_table::here();
  stream_socket* known = here.find<stream_socket>(socket_);
  if (known == nullptr) {
    if (here.way_to(socket_))
      elsewhere_ = send_elsewhere(socket_, calling_process().self(), *this);
    else
      result = std::unexpected{net_error{net_operation::send, net_error::closed}.leaving(data.size())};
  } else {
    set_limit(known->send_timeout());
    known->send(*this, result);
  }
  return result.has_value() && this_core->may_continue();
}

void stream_send_wait::sent_or_moved(send_request& request, send_result told) {
  auto& self = static_cast<stream_send_wait&>(request);
  if (told || told.error() != net_error::elsewhere) {
    self.result = std::move(told);
    return self.go_on();
  }
  self.elsewhere_ = send_elsewhere(self.socket_, self.process->self(), request, self.stop_timer());
}

}  // namespace dialtone::detail
