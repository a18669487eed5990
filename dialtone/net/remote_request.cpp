// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/remote_request.hpp>

#include <unordered_map>

#include <dialtone/net/datagram_socket.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone::detail {

namespace {

/// What is to be sent, while it is with neither the sender nor the socket.
struct stream_load {
  using of = stream_socket;
  bytes data;
  std::optional<time_point> deadline;  // from the first wait on; so is the type
  std::optional<packet> type;
};
struct datagram_load {
  using of = datagram_socket;
  io::outgoing_datagram unsent;
  std::size_t segment_size;
};

/// How a send has ended; or its load back: the socket is not here, or not any more.
template <class Load>
struct send_answer {
  send_result result;
  std::optional<Load> back = std::nullopt;
};
template <class Load>
using answer_address = reply_to<send_answer<Load>>;

template <class Load>
void answer(const answer_address<Load>& to, std::type_identity_t<send_answer<Load>> with) {
  send_reply(to.caller, *make_signal<reply_signal<send_answer<Load>>>(to.name, std::move(with)), to.name);
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
  guest(socket_table& table, reference socket, reference asked) : table_{table}, socket_{socket}, asked_{asked} {}
  guest(const guest&) = delete;
  guest& operator=(const guest&) = delete;
  // When the runtime ends, the other schedulers may be gone, and so may the other parts of this one.
  virtual ~guest() {
    if (!table_.is_ending()) all_of(table_.home).erase(asked_.value());
  }
  /// Until it is completed or given up, which it may be at once: nothing of it is in use after this.
  void stay();
  /// Of the send of that name; false when it does not wait here.
  static bool give_up(scheduler& home, reference asked) {
    const auto& known = all_of(home);
    const auto found = known.find(asked.value());
    if (found == known.end()) return false;
    const std::unique_ptr<guest> left{found->second};
    left->leave();
    return true;
  }

 protected:
  static std::unordered_map<std::uint64_t, guest*>& all_of(scheduler& home) { return home.parts.get<guests>(home).all; }
  /// Takes its send away from the socket.
  virtual void leave() = 0;
  /// Of a `Guest` that is that request: says how its send has ended, or gives it back when the socket has moved.
  template <class Guest, class Request, class Result>
  static void end_of(Request& request, Result result) {
    const std::unique_ptr<Guest> self{static_cast<Guest*>(&request)};
    if (self->table_.is_ending()) return;
    const bool has_moved = !result && result.error() == net_error::elsewhere;
    if (has_moved) return answer(self->to_, {.result = {}, .back = self->load()});
    answer(self->to_, {.result = std::move(result)});
  }
  template <class Socket>
  Socket& waited_for() const {
    return *table_.find<Socket>(socket_);
  }

  socket_table& table_;
  const reference socket_;
  const reference asked_;
};

template <class Load>
struct sending {
  using of = Load::of;
  Load load;
  answer_address<Load> asked;

  void turn_back() { answer(asked, {.result = {}, .back = std::move(load)}); }
};
/// Nobody waits for that send any more.
struct giving_up {
  using of = any_socket;
  reference asked;

  void turn_back() const {}  // the send has done so before
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

class stream_guest final : public guest, public send_request, public timer_node {
 public:
  stream_guest(socket_table& table, reference socket, sending<stream_load> sent)
      : guest{table, socket, sent.asked.name},
        send_request{std::move(sent.load.data), &end_of<stream_guest>},
        timer_node{&time_is_up},
        to_{sent.asked},
        deadline_{sent.load.deadline} {
    set_type(sent.load.type);
  }
  ~stream_guest() override { table_.home.wheel.remove(*this); }
  void stay(duration limit) {
    if (!deadline_) deadline_ = limit == duration::max() ? never : after_delay(table_.home.now(), limit);
    table_.home.wheel.add(*this, *deadline_);
    guest::stay();
  }

 private:
  friend guest;
  void leave() override { waited_for<stream_socket>().forget(*this); }
  stream_load load() { return {std::move(data), deadline_, known_type()}; }
  static void time_is_up(timer_node& node) {
    auto& self = static_cast<stream_guest&>(node);
    send_request& request = self;
    request.complete(request, std::unexpected{self.waited_for<stream_socket>().give_up(self)});
  }

  answer_address<stream_load> to_;
  std::optional<time_point> deadline_;
};

class datagram_guest final : public guest, public datagram_send_request {
 public:
  datagram_guest(socket_table& table, reference socket, sending<datagram_load> sent)
      : guest{table, socket, sent.asked.name},
        datagram_send_request{std::move(sent.load.unsent), sent.load.segment_size, &end_of<datagram_guest>},
        to_{sent.asked} {}

 private:
  friend guest;
  void leave() override { waited_for<datagram_socket>().forget(*this); }
  datagram_load load() { return {std::move(unsent), segment_size}; }

  answer_address<datagram_load> to_;
};

// On the scheduler of the socket; null when there is no such socket any more.
void serve(scheduler& home, stream_socket* socket, sending<stream_load>& request) {
  const answer_address asked = request.asked;
  if (socket == nullptr) {
    const net_error closed{net_operation::send, net_error::closed};
    return answer(asked, {.result = std::unexpected{closed.leaving(request.load.data.size())}});
  }
  auto waits = std::make_unique<stream_guest>(socket_table::of(home), socket->name(), std::move(request));
  if (std::optional<send_result> done; socket->send(*waits, done)) return answer(asked, {.result = std::move(*done)});
  waits.release()->stay(socket->send_timeout());  // NOLINT(bugprone-unused-return-value)
}
void serve(scheduler& home, datagram_socket* socket, sending<datagram_load>& request) {
  const answer_address asked = request.asked;
  if (socket == nullptr)
    return answer(asked, {.result = std::unexpected{net_error{net_operation::send, net_error::closed}}});
  auto waits = std::make_unique<datagram_guest>(socket_table::of(home), socket->name(), std::move(request));
  if (auto done = socket->send(*waits)) return answer(asked, {.result = std::move(*done)});
  waits.release()->stay();  // NOLINT(bugprone-unused-return-value)
}
void serve(scheduler&, any_socket*, giving_up&) {}  // handle has looked for it: it does not wait here
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
    if constexpr (std::is_same_v<Request, giving_up>)
      if (guest::give_up(home, self.request.asked)) return destroy(taken);
    socket_table& table = socket_table::of(home);
    auto* found = find<typename Request::of>(table, self.socket);
    const auto elsewhere = found == nullptr ? table.way_to(self.socket) : std::nullopt;
    if (elsewhere && self.may_go_on(home)) {
      self.to = anybody_at(*elsewhere);
      return home.route(taken);
    }
    if constexpr (turns_back) {
      if (elsewhere) {
        self.request.turn_back();
        return destroy(taken);
      }
    }
    serve(home, found, self.request);
    destroy(taken);
  }

  static constexpr bool turns_back = requires(Request& it) { it.turn_back(); };
  /// What turns back goes from its own scheduler to the birth place of the socket, and to one place from there.
  bool may_go_on(const scheduler& home) {
    if (!turns_back) return true;
    const bool at_birth_place = scheduler_of(socket) == home.index;
    const bool goes_on = at_birth_place || !std::exchange(has_left, true);
    has_left = true;
    return goes_on;
  }

  reference socket;
  Request request;
  bool has_left = false;  // the scheduler of who asks
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

/// To the scheduler of a sender: its send has begun to wait over there. Its giving up may have missed it on the way,
/// since the two are routed by what is known of the socket when each of them comes by.
struct waiting_signal : signal {
  waiting_signal(reference socket, reference asked, std::uint32_t where);
  static void handle(scheduler& home, process_block*, signal* taken) {
    const auto& self = *static_cast<waiting_signal*>(taken);
    if (home.replies.find(self.asked) == nullptr) ask(self.where, self.socket, giving_up{self.asked});
    destroy(taken);
  }

  reference socket;
  reference asked;
  std::uint32_t where;
};
constexpr signal_type waiting_type{&waiting_signal::handle, &destroy_signal<waiting_signal>, sizeof(waiting_signal),
                                   &type_name<waiting_signal>};
waiting_signal::waiting_signal(reference socket, reference asked, std::uint32_t where)
    : signal{&waiting_type, {}, {}}, socket{socket}, asked{asked}, where{where} {}

void guest::stay() {
  all_of(table_.home).emplace(asked_.value(), this);
  table_.home.signal_to<waiting_signal>(anybody_at(scheduler_of(asked_)), socket_, asked_, table_.home.index);
}

}  // namespace

class remote_send : public pending_reply_base {
 public:
  explicit remote_send(reference socket) : socket_{socket} {}
  virtual ~remote_send() {
    if (!complete()) ask(this_scheduler().index, socket_, giving_up{name});
  }

 protected:
  reference socket_;
};

namespace {

stream_load load_of(send_request& asked, std::optional<time_point> deadline) {
  return {std::move(asked.data), deadline, asked.known_type()};
}
datagram_load load_of(datagram_send_request& asked) { return {std::move(asked.unsent), asked.segment_size}; }

template <class Request, class Load>
class remote_send_of final : public remote_send {
 public:
  remote_send_of(reference socket, pid sender, Request& asked) : remote_send{socket}, sender_{sender}, asked_{asked} {
    completed = &answered;
  }
  /// From here, wherever the socket is by now: it may have come.
  void go(Load load) { ask(this_scheduler().index, socket_, sending<Load>{std::move(load), {sender_, name}}); }

 private:
  static void answered(pending_reply_base& pending) {
    auto& self = static_cast<remote_send_of&>(pending);
    auto& got = static_cast<reply_signal<send_answer<Load>>*>(self.arrived)->value;
    if (!got.back) return self.asked_.complete(self.asked_, std::move(got.result));
    Load load = *std::move(got.back);
    destroy(std::exchange(self.arrived, nullptr));
    self.go(std::move(load));
  }

  const pid sender_;
  Request& asked_;
};

template <class Request, class Load>
remote_send_handle begin(reference socket, pid sender, Request& asked, Load load) {
  auto begun = std::make_unique<remote_send_of<Request, Load>>(socket, sender, asked);
  begun->go(std::move(load));
  return remote_send_handle{begun.release()};
}

}  // namespace

void remote_send_end::operator()(remote_send* ended) const { delete ended; }

remote_send_handle send_elsewhere(reference socket, pid sender, send_request& asked,
                                  std::optional<time_point> deadline) {
  return begin(socket, sender, asked, load_of(asked, deadline));
}

remote_send_handle send_elsewhere(reference socket, pid sender, datagram_send_request& asked) {
  return begin(socket, sender, asked, load_of(asked));
}

void shut_down_elsewhere(std::uint32_t scheduler, reference socket, shutdown_how how) {
  ask(scheduler, socket, shutting_down{how});
}
void close_elsewhere(std::uint32_t scheduler, reference socket) { ask(scheduler, socket, closing{}); }

}  // namespace dialtone::detail
