// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/socket_move.hpp>

#include <cerrno>
#include <memory>

#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

namespace {

/// Signals in a list of their own.
class message_list {
 public:
  message_list() = default;
  message_list(message_list&& other) noexcept : first_{std::exchange(other.first_, nullptr)} {}
  message_list& operator=(message_list&&) = delete;
  ~message_list() {
    while (signal* left = pop()) destroy(left);
  }
  signal* pop() {
    signal* popped = first_;
    if (popped != nullptr) first_ = popped->next;
    return popped;
  }
  /// Takes what the socket has told the process out of its mailbox, in the order there.
  static message_list of(const any_socket& socket, core& here, process_block& owner) {
    message_list taken;
    signal** last = &taken.first_;
    for (signal** link = &owner.mailbox_first; *link != nullptr;) {
      if (!socket.has_told(**link)) {
        link = &(*link)->next;
        continue;
      }
      *last = here.take(owner, link);
      last = &(*last)->next;
      *last = nullptr;
    }
    return taken;
  }

 private:
  signal* first_ = nullptr;
};

void hand_over(message_list messages, scheduler& here, pid owner) {
  while (signal* each = messages.pop()) {
    each->to = owner;
    here.route(each);
  }
}

struct arrival : signal {
  arrival(std::unique_ptr<any_socket> socket, io::released kernel, pid owner, message_list messages);
  static void handle(scheduler& home, process_block*, signal* taken);

  std::unique_ptr<any_socket> socket;
  io::released kernel;
  pid owner;
  message_list messages;
};
constexpr signal_type arrival_type{&arrival::handle, &destroy_signal<arrival>, sizeof(arrival), &type_name<arrival>};
arrival::arrival(std::unique_ptr<any_socket> socket, io::released kernel, pid owner, message_list messages)
    : signal{&arrival_type, {}, {}},
      socket{std::move(socket)},
      kernel{std::move(kernel)},
      owner{owner},
      messages{std::move(messages)} {}

void arrival::handle(scheduler& home, process_block*, signal* taken) {
  auto& self = *static_cast<arrival*>(taken);
  socket_table& table = socket_table::of(home);
  any_socket& socket = *self.socket.release();
  const reference name = socket.name();
  socket.arrive(table, std::move(self.kernel));
  process_block* owner = home.slots.find(self.owner);
  if (owner == nullptr) {
    socket.close();
  } else {
    socket.own_by(*owner);
    hand_over(std::move(self.messages), home, self.owner);
    if (table.find_any(name) == &socket) socket.go_on();  // a predicate may have closed it
  }
  table.awaited.has_come(name);
  destroy(taken);
}

}  // namespace

std::expected<void, net_error> give(any_socket& given, pid owner) {
  const auto refused = [](net_error::code_type code) {
    return std::unexpected{net_error{net_operation::controlling_process, code}};
  };
  scheduler& here = this_scheduler_of_process();
  process_block& caller = *here.current;
  if (given.owner() == owner) return {};
  if (given.owner() != caller.self()) return refused(net_error::not_owner);
  // The mailbox is being gone through, or a message that may be the socket's is not in it: it cannot be taken along.
  if (caller.has(asking | searching))
    return std::unexpected{net_error::of_system(net_operation::controlling_process, EBUSY)};
  if (!owner || owner.scheduler() >= here.state.schedulers.size()) return refused(net_error::bad_option);
  if (owner.scheduler() != here.index) {
    message_list messages = message_list::of(given, here, caller);
    here.hold_back(owner.scheduler());  // sends that wait go after it, in their order
    io::released kernel = given.leave_for(owner.scheduler());
    signal* leaving =
        make_signal<arrival>(std::unique_ptr<any_socket>{&given}, std::move(kernel), owner, std::move(messages));
    leaving->to = anybody_at(owner.scheduler());
    here.send_ahead(leaving);
    return {};
  }
  process_block* process = here.slots.find(owner);
  if (process == nullptr) return refused(net_error::bad_option);
  message_list messages = message_list::of(given, here, caller);
  given.own_by(*process);
  hand_over(std::move(messages), here, owner);
  return {};
}

}  // namespace dialtone::detail
