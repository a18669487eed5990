// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/awaited_sockets.hpp>

#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

namespace {

/// Back to who has asked.
struct refusal : signal {
  refusal(reference socket, std::uint64_t question, net_error::code_type why);
  static void handle(scheduler& home, process_block*, signal* taken) {
    const auto& self = *static_cast<refusal*>(taken);
    socket_table::of(home).awaited.refuse(self.socket, self.question, self.why);
    destroy(taken);
  }
  reference socket;
  std::uint64_t question;
  net_error::code_type why;
};
constexpr signal_type refusal_type{&refusal::handle, &destroy_signal<refusal>, sizeof(refusal), &type_name<refusal>};
refusal::refusal(reference socket, std::uint64_t question, net_error::code_type why)
    : signal{&refusal_type, {}, {}}, socket{socket}, question{question}, why{why} {}

/// Whether a socket is on its way to who asks.
struct search : signal {
  search(reference socket, std::uint32_t asker, std::uint64_t question);
  static void handle(scheduler& home, process_block*, signal* taken);

  reference socket;
  std::uint32_t asker;
  std::uint64_t question;
  bool was_sent_back = false;  // by the place that the birth place has named
};
constexpr signal_type search_type{&search::handle, &destroy_signal<search>, sizeof(search), &type_name<search>};
search::search(reference socket, std::uint32_t asker, std::uint64_t question)
    : signal{&search_type, {}, {}}, socket{socket}, asker{asker}, question{question} {}

void search::handle(scheduler& home, process_block*, signal* taken) {
  auto& self = *static_cast<search*>(taken);
  socket_table& table = socket_table::of(home);
  const auto answer = [&](net_error::code_type why) {
    home.signal_to<refusal>(anybody_at(self.asker), self.socket, self.question, why);
    destroy(taken);
  };
  if (table.find_any(self.socket) != nullptr) return answer(net_error::elsewhere);
  const auto way = table.way_to(self.socket);
  if (!way) return answer(net_error::closed);
  if (scheduler_of(self.socket) != home.index) {
    self.was_sent_back = true;
  } else if (*way == self.asker) {
    return destroy(taken);  // it comes
  } else if (self.was_sent_back) {
    return answer(net_error::elsewhere);
  }
  self.to = anybody_at(*way);
  home.route(taken);
}

}  // namespace

std::optional<net_error::code_type> awaited_sockets::wait_for(reference socket, socket_call call) {
  const auto way = table_.way_to(socket);
  if (!way) return net_error::closed;
  const std::uint64_t question = ++last_question_;
  waiting_.emplace(socket.value(), entry{question, call});
  table_.home.signal_to<search>(anybody_at(*way), socket, table_.home.index, question);
  return std::nullopt;
}

void awaited_sockets::forget(reference socket, const void* who) {
  if (waiting_.empty()) return;
  const auto [first, last] = waiting_.equal_range(socket.value());
  for (auto each = first; each != last; ++each)
    if (each->second.call.who == who) return void(waiting_.erase(each));
}

// Who is told may wait anew, when the socket has gone again: that is a question of its own, and behind these.
void awaited_sockets::has_come(reference socket) {
  if (waiting_.empty()) return;
  const std::uint64_t last = last_question_;
  for (;;) {
    const auto next = waiting_.lower_bound(socket.value());
    if (next == waiting_.end() || next->first != socket.value() || next->second.question > last) return;
    const socket_call call = next->second.call;
    waiting_.erase(next);
    call.told(call.who, std::nullopt);
  }
}

void awaited_sockets::refuse(reference socket, std::uint64_t question, net_error::code_type why) {
  const auto [first, last] = waiting_.equal_range(socket.value());
  for (auto each = first; each != last; ++each) {
    if (each->second.question != question) continue;
    const socket_call call = each->second.call;
    waiting_.erase(each);
    return call.told(call.who, why);
  }
}

}  // namespace dialtone::detail
