// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/remote_request.hpp>

#include <unordered_map>

#include <dialtone/net/datagram_socket.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone::detail {

namespace {

using answer_address = reply_to<send_result>;

void answer(const answer_address& to, send_result result) {
  send_reply(to.caller, *make_signal<reply_signal<send_result>>(to.name, std::move(result)), to.name);
}

class guest;

/// Those that wait at sockets of a scheduler, by the name of the answer.
struct guests : scheduler_part {
  explicit guests(scheduler&) {}
  std::unordered_map<std::uint64_t, guest*> all;
};

/// Somebody elsewhere whose send waits at the socket. Destroys itself when that is completed, or given up.
class guest {
 public:
  guest(socket_table& table, reference socket, answer_address asked) : table_{table}, socket_{socket}, asked_{asked} {}
  guest(const guest&) = delete;
  guest& operator=(const guest&) = delete;
  // When the runtime ends, the other schedulers may be gone, and so may the other parts of this one.
  virtual ~guest() {
    if (!table_.is_ending()) all_of(table_.home).erase(asked_.name.value());
  }
  static std::unordered_map<std::uint64_t, guest*>& all_of(scheduler& home) { return home.parts.get<guests>(home).all; }
  void stay() { all_of(table_.home).emplace(asked_.name.value(), this); }
  /// Takes its send away from the socket.
  virtual void leave() = 0;

 protected:
  template <class Socket>
  Socket& waited_for() const {
    return *table_.find<Socket>(socket_);
  }
  void answer(send_result result) const {
    if (!table_.is_ending()) detail::answer(asked_, std::move(result));
  }

  socket_table& table_;
  const reference socket_;
  const answer_address asked_;
};

class stream_guest final : public guest, public send_request, public timer_node {
 public:
  stream_guest(socket_table& table, reference socket, bytes data, answer_address asked)
      : guest{table, socket, asked}, send_request{std::move(data), &completed}, timer_node{&time_is_up} {}
  ~stream_guest() override { table_.home.wheel.remove(*this); }
  void stay(duration limit) {
    guest::stay();
    if (limit != duration::max()) table_.home.wheel.add(*this, after_delay(table_.home.now(), limit));
  }

 private:
  void leave() override { waited_for<stream_socket>().forget(*this); }
  static void completed(send_request& request, send_result result) {
    const std::unique_ptr<stream_guest> self{static_cast<stream_guest*>(&request)};
    self->answer(std::move(result));
  }
  static void time_is_up(timer_node& node) {
    auto& self = static_cast<stream_guest&>(node);
    completed(self, std::unexpected{self.waited_for<stream_socket>().give_up(self)});
  }
};

struct sending {
  using of = stream_socket;
  bytes data;
  answer_address asked;
};
/// Nobody waits for that send any more.
struct giving_up {
  using of = any_socket;
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
  if (socket == nullptr) {
    const net_error closed{net_operation::send, net_error::closed};
    return answer(request.asked, std::unexpected{closed.leaving(request.data.size())});
  }
  auto waits =
      std::make_unique<stream_guest>(socket_table::of(home), socket->name(), std::move(request.data), request.asked);
  if (auto done = socket->send(*waits)) return answer(request.asked, std::move(*done));
  waits.release()->stay(socket->send_timeout());  // NOLINT(bugprone-unused-return-value)
}
void serve(scheduler& home, any_socket*, giving_up& request) {
  const auto& known = guest::all_of(home);
  const auto found = known.find(request.asked.value());
  if (found == known.end()) return;
  const std::unique_ptr<guest> left{found->second};
  left->leave();
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

// --- datagrams ---

struct datagram_sending {
  using of = datagram_socket;
  io::outgoing_datagram unsent;
  std::size_t segment_size;
  answer_address asked;
};

class datagram_guest final : public guest, public datagram_send_request {
 public:
  datagram_guest(socket_table& table, reference socket, datagram_sending& sent)
      : guest{table, socket, sent.asked},
        datagram_send_request{std::move(sent.unsent), sent.segment_size, &completed} {}

 private:
  void leave() override { waited_for<datagram_socket>().forget(*this); }
  static void completed(datagram_send_request& request, datagram_send_result result) {
    const std::unique_ptr<datagram_guest> self{static_cast<datagram_guest*>(&request)};
    const bool has_moved = !result && result.error() == net_error::elsewhere;
    if (!has_moved) return self->answer(std::move(result));
    ask(self->table_.home.index, self->socket_,
        datagram_sending{std::move(self->unsent), self->segment_size, self->asked_});
  }
};

void serve(scheduler& home, datagram_socket* socket, datagram_sending& request) {
  if (socket == nullptr)
    return answer(request.asked, std::unexpected{net_error{net_operation::send, net_error::closed}});
  const answer_address asked = request.asked;
  auto waits = std::make_unique<datagram_guest>(socket_table::of(home), socket->name(), request);
  if (auto done = socket->send(*waits)) return answer(asked, std::move(*done));
  waits.release()->stay();  // NOLINT(bugprone-unused-return-value)
}

}  // namespace

class remote_send : public pending_reply_base {
 public:
  explicit remote_send(reference socket) : socket_{socket} {}
  virtual ~remote_send() {
    // The socket may be here by now, with the guest; else it goes on from here.
    if (!complete()) ask(this_scheduler().index, socket_, giving_up{name});
  }

 private:
  reference socket_;
};

namespace {

template <class Request>
class remote_send_of final : public remote_send {
 public:
  remote_send_of(reference socket, Request& asked) : remote_send{socket}, asked_{asked} { completed = &answered; }

 private:
  static void answered(pending_reply_base& pending) {
    auto& self = static_cast<remote_send_of&>(pending);
    self.asked_.complete(self.asked_, std::move(static_cast<reply_signal<send_result>*>(self.arrived)->value));
  }
  Request& asked_;
};

}  // namespace

void remote_send_end::operator()(remote_send* ended) const { delete ended; }

remote_send_handle send_elsewhere(std::uint32_t scheduler, reference socket, send_request& asked) {
  remote_send_handle begun{new remote_send_of{socket, asked}};
  ask(scheduler, socket, sending{std::move(asked.data), {calling_process().self(), begun->name}});
  return begun;
}

remote_send_handle send_elsewhere(std::uint32_t scheduler, reference socket, pid sender, datagram_send_request& asked) {
  remote_send_handle begun{new remote_send_of{socket, asked}};
  ask(scheduler, socket, datagram_sending{std::move(asked.unsent), asked.segment_size, {sender, begun->name}});
  return begun;
}

void shut_down_elsewhere(std::uint32_t scheduler, reference socket, shutdown_how how) {
  ask(scheduler, socket, shutting_down{how});
}
void close_elsewhere(std::uint32_t scheduler, reference socket) { ask(scheduler, socket, closing{}); }

}  // namespace dialtone::detail
