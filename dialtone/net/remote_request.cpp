// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/remote_request.hpp>

#include <unordered_map>

#include <dialtone/runtime/reply.hpp>

namespace dialtone::detail {

namespace {

using answer_address = reply_to<send_result>;

void answer(const answer_address& to, send_result result) {
  send_reply(to.caller, *make_signal<reply_signal<send_result>>(to.name, std::move(result)), to.name);
}

class guest;
/// Those at the sockets of a scheduler, by the name of the reply that they owe.
struct guests : scheduler_part {
  explicit guests(scheduler&) {}
  std::unordered_map<std::uint64_t, guest*> all;
};

/// A send of somebody elsewhere that waits at the socket. Destroys itself when it is completed.
class guest : public send_request, public timer_node {
 public:
  guest(socket_table& table, reference socket, answer_address asked)
      : send_request{&completed}, timer_node{&time_is_up}, table_{table}, socket_{socket}, asked_{asked} {}
  ~guest() { table_.home.wheel.remove(*this); }
  void wait_for(duration limit) {
    others().emplace(asked_.name.value(), this);
    if (limit != duration::max()) table_.home.wheel.add(*this, after_delay(table_.home.now(), limit));
  }
  /// Nobody waits for the answer.
  static void dismiss(scheduler& home, stream_socket& socket, reference asked) {
    auto& all = home.parts.get<guests>(home).all;
    const auto found = all.find(asked.value());
    if (found == all.end()) return;
    const std::unique_ptr<guest> gone{found->second};
    all.erase(found);
    socket.forget(*gone);
  }

 private:
  static void completed(send_request& request, send_result result) {
    const std::unique_ptr<guest> self{static_cast<guest*>(&request)};
    if (self->table_.is_ending()) return;  // the other schedulers may be gone, and so may the other parts of this one
    self->others().erase(self->asked_.name.value());
    answer(self->asked_, std::move(result));
  }
  static void time_is_up(timer_node& node) {
    auto& self = static_cast<guest&>(node);
    auto& found = *self.table_.find<stream_socket>(self.socket_);
    found.forget(self);
    const bool closes = found.closes_at_send_timeout();
    completed(self, std::unexpected{net_error{net_operation::send, net_error::timeout}});
    if (closes) found.close();
  }
  std::unordered_map<std::uint64_t, guest*>& others() { return table_.home.parts.get<guests>(table_.home).all; }

  socket_table& table_;
  reference socket_;
  answer_address asked_;
};

struct sending {
  using of = stream_socket;
  bytes data;
  answer_address asked;
};
/// The wait for a send that has been asked for; what it has queued still goes out.
struct giving_up {
  using of = stream_socket;
  reference asked;
};
struct shutting_down {
  using of = stream_socket;
  shutdown_how how;
};
struct closing {
  using of = any_socket;
};

template <class Socket>
Socket* find(socket_table& table, reference name) {
  if constexpr (std::is_same_v<Socket, any_socket>)
    return table.find_any(name);
  else
    return table.find<Socket>(name);
}

// On the scheduler of the socket; null when there is no such socket any more.
void serve(scheduler& home, stream_socket* socket, sending& request) {
  if (socket == nullptr)
    return answer(request.asked, std::unexpected{net_error{net_operation::send, net_error::closed}});
  auto waits = std::make_unique<guest>(socket_table::of(home), socket->name(), request.asked);
  if (auto done = socket->send(std::move(request.data), *waits)) return answer(request.asked, std::move(*done));
  waits.release()->wait_for(socket->send_timeout());  // NOLINT(bugprone-unused-return-value)
}
void serve(scheduler& home, stream_socket* socket, giving_up& request) {
  if (socket != nullptr) guest::dismiss(home, *socket, request.asked);
}
void serve(scheduler&, stream_socket* socket, shutting_down& request) {
  if (socket != nullptr) static_cast<void>(socket->shut_down(request.how));
}
void serve(scheduler&, any_socket* socket, closing&) {
  if (socket != nullptr) socket->close();
}

template <class Request>
struct request_signal : signal {
  request_signal(reference socket, Request request);
  static void handle(scheduler& home, process_block*, signal* taken) {
    auto& self = *static_cast<request_signal*>(taken);
    socket_table& table = socket_table::of(home);
    auto* found = find<typename Request::of>(table, self.socket);
    if (found == nullptr) {
      if (const auto elsewhere = table.way_to(self.socket)) {
        self.to = anybody_at(*elsewhere);
        return home.route(taken);
      }
    }
    serve(home, found, self.request);
    destroy(taken);
  }
  reference socket;
  Request request;
};
template <class Request>
constexpr signal_type request_type{&request_signal<Request>::handle, &destroy_signal<request_signal<Request>>,
                                   sizeof(request_signal<Request>), &type_name<Request>};
template <class Request>
request_signal<Request>::request_signal(reference socket, Request request)
    : signal{&request_type<Request>, {}, {}}, socket{socket}, request{std::move(request)} {}

template <class Request>
void ask(std::uint32_t scheduler, reference socket, Request request) {
  this_scheduler().signal_to<request_signal<Request>>(anybody_at(scheduler), socket, std::move(request));
}

}  // namespace

class remote_send : public pending_reply_base {
 public:
  remote_send(reference socket, send_request& asked) : socket_{socket}, asked_{asked} { completed = &answered; }
  ~remote_send() {
    if (complete()) return;
    if (const auto way = socket_table::of(this_scheduler()).way_to(socket_)) ask(*way, socket_, giving_up{name});
  }

 private:
  static void answered(pending_reply_base& pending) {
    auto& self = static_cast<remote_send&>(pending);
    self.asked_.complete(self.asked_, std::move(static_cast<reply_signal<send_result>*>(self.arrived)->value));
  }
  reference socket_;
  send_request& asked_;
};

void remote_send_end::operator()(remote_send* ended) const { delete ended; }

remote_send_handle send_elsewhere(std::uint32_t scheduler, reference socket, bytes data, send_request& asked) {
  remote_send_handle begun{new remote_send{socket, asked}};
  ask(scheduler, socket, sending{std::move(data), {calling_process().self(), begun->name}});
  return begun;
}

void shut_down_elsewhere(std::uint32_t scheduler, reference socket, shutdown_how how) {
  ask(scheduler, socket, shutting_down{how});
}
void close_elsewhere(std::uint32_t scheduler, reference socket) { ask(scheduler, socket, closing{}); }

}  // namespace dialtone::detail
