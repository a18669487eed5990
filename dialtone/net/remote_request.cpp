// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/remote_request.hpp>

#include <dialtone/net/datagram_socket.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone::detail {

namespace {

using answer_address = reply_to<send_result>;

void answer(const answer_address& to, send_result result) {
  send_reply(to.caller, *make_signal<reply_signal<send_result>>(to.name, std::move(result)), to.name);
}

/// A send of somebody elsewhere that waits at the socket. Destroys itself when it is completed.
class guest : public send_request, public timer_node {
 public:
  guest(scheduler& home, reference socket, answer_address asked)
      : send_request{&completed}, timer_node{&time_is_up}, home_{home}, socket_{socket}, asked_{asked} {}
  ~guest() { home_.wheel.remove(*this); }
  void wait_for(duration limit) {
    if (limit != duration::max()) home_.wheel.add(*this, after_delay(home_.now(), limit));
  }

 private:
  static void completed(send_request& request, send_result result) {
    std::unique_ptr<guest> self{static_cast<guest*>(&request)};
    answer(self->asked_, std::move(result));
  }
  static void time_is_up(timer_node& node) noexcept {
    auto& self = static_cast<guest&>(node);
    auto& found = *self.home_.parts.get<socket_table>(self.home_).find<stream_socket>(self.socket_);
    found.forget(self);
    const bool closes = found.closes_at_send_timeout();
    completed(self, std::unexpected{net_error{net_operation::send, net_error::timeout}});
    if (closes) found.close();
  }

  scheduler& home_;
  reference socket_;
  answer_address asked_;
};

struct sending {
  using of = stream_socket;
  bytes data;
  answer_address asked;
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
  auto waits = std::make_unique<guest>(home, socket->name(), request.asked);
  if (auto done = socket->send(std::move(request.data), *waits)) return answer(request.asked, std::move(*done));
  waits.release()->wait_for(socket->send_timeout());  // NOLINT(bugprone-unused-return-value)
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
    auto& table = home.parts.get<socket_table>(home);
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

// --- datagrams ---

struct datagram_sending {
  using of = datagram_socket;
  io::outgoing_datagram unsent;
  std::size_t segment_size;
  answer_address asked;
};

/// A datagram of somebody elsewhere that waits at the socket. Destroys itself when it is completed.
class datagram_guest : public datagram_send_request {
 public:
  datagram_guest(scheduler& home, reference socket, datagram_sending& sent)
      : datagram_send_request{std::move(sent.unsent), sent.segment_size, &completed},
        home_{home},
        socket_{socket},
        asked_{sent.asked} {}

 private:
  static void completed(datagram_send_request& request, datagram_send_result result) {
    std::unique_ptr<datagram_guest> self{static_cast<datagram_guest*>(&request)};
    const bool has_moved = !result && result.error() == net_error::elsewhere;
    if (!has_moved) return answer(self->asked_, std::move(result));
    ask(self->home_.index, self->socket_, datagram_sending{std::move(self->unsent), self->segment_size, self->asked_});
  }

  scheduler& home_;
  reference socket_;
  answer_address asked_;
};

void serve(scheduler& home, datagram_socket* socket, datagram_sending& request) {
  if (socket == nullptr)
    return answer(request.asked, std::unexpected{net_error{net_operation::send, net_error::closed}});
  const answer_address asked = request.asked;
  auto waits = std::make_unique<datagram_guest>(home, socket->name(), request);
  if (auto done = socket->send(*waits)) return answer(asked, std::move(*done));
  static_cast<void>(waits.release());  // NOLINT(bugprone-unused-return-value)
}

}  // namespace

class remote_send : public pending_reply_base {
 public:
  virtual ~remote_send() = default;
};

namespace {

template <class Request>
class remote_send_of : public remote_send {
 public:
  explicit remote_send_of(Request& asked) : asked_{asked} { completed = &answered; }

 private:
  static void answered(pending_reply_base& pending) {
    auto& self = static_cast<remote_send_of&>(pending);
    self.asked_.complete(self.asked_, std::move(static_cast<reply_signal<send_result>*>(self.arrived)->value));
  }
  Request& asked_;
};

}  // namespace

void remote_send_end::operator()(remote_send* ended) const { delete ended; }

remote_send_handle send_elsewhere(std::uint32_t scheduler, reference socket, bytes data, send_request& asked) {
  remote_send_handle begun{new remote_send_of{asked}};
  ask(scheduler, socket, sending{std::move(data), {calling_process().self(), begun->name}});
  return begun;
}

remote_send_handle send_elsewhere(std::uint32_t scheduler, reference socket, pid sender, datagram_send_request& asked) {
  remote_send_handle begun{new remote_send_of{asked}};
  ask(scheduler, socket, datagram_sending{std::move(asked.unsent), asked.segment_size, {sender, begun->name}});
  return begun;
}

void shut_down_elsewhere(std::uint32_t scheduler, reference socket, shutdown_how how) {
  ask(scheduler, socket, shutting_down{how});
}
void close_elsewhere(std::uint32_t scheduler, reference socket) { ask(scheduler, socket, closing{}); }

}  // namespace dialtone::detail
