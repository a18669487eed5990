// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/chat/room.hpp>

#include <utility>

#include <dialtone/protocols/chat/room_state.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone::chat {

room::room(room_options options) : state_{std::make_shared<detail::room_state>(options)} {
  DIALTONE_ASSERT(options.queue_limit > 0, "a queue of a room holds a byte at least");
}

std::optional<pid> room::whereis(std::string_view name) const {
  auto found = state_->names.lookup(name);
  return found ? std::optional{found->pid} : std::nullopt;
}

std::size_t room::size() const {
  std::size_t all = 0;
  for (const auto& part : state_->parts) all += part.present.load(std::memory_order_relaxed);
  return all;
}

namespace detail {

membership::~membership() {
  if (part_ == nullptr) return;
  part_->members.leave(place_);
  part_->present.fetch_sub(1, std::memory_order_relaxed);
}

void membership::begin(const room& where, member who) {
  part_ = &where.state().here();
  place_ = part_->members.join(std::move(who));
  part_->present.fetch_add(1, std::memory_order_relaxed);
}

namespace {

struct relay_is_up {};
struct nothing {};

/// The caller is the relay of its scheduler, as long as this lives.
class relay_claim {
 public:
  explicit relay_claim(room where) : where_{std::move(where)}, own_{self().value()} {
    where_.state().here().relay.store(own_);
  }
  relay_claim(const relay_claim&) = delete;
  ~relay_claim() {
    std::uint64_t expected = own_;
    where_.state().parts[pid::from_value(own_).scheduler()].relay.compare_exchange_strong(expected, 0);
  }

 private:
  room where_;
  std::uint64_t own_;
};

process<> relay(room where, pid keeper) {
  const relay_claim claim{where};
  send(keeper, relay_is_up{});
  for (;;) {
    auto next = co_await receive<relayed>();
    co_await deliver_here(where, std::move(next.texts), nobody);
    reply(next.reply);
  }
}

/// Its links end it with any of the relays, and them with it.
process<> keep_open(start_ticket ticket, room where) {
  for (std::uint32_t i = 0; i < scheduler_count(); ++i)
    spawn_link({.label = "chat relay", .scheduler = placement::on(i), .mailbox_limit = unlimited}, relay, where,
               self());  // a sender has one batch under way
  for (std::uint32_t i = 0; i < scheduler_count(); ++i) co_await receive<relay_is_up>();
  ticket.started();
  co_await receive<nothing>();
}

}  // namespace

}  // namespace detail

}  // namespace dialtone::chat

dialtone::child_spec dialtone::child(std::string id, const chat::room& room) {
  return child(std::move(id), chat::detail::keep_open, room);
}
