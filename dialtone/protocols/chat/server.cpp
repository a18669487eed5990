// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/chat/server.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <dialtone/protocols/chat/room_state.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::chat {

namespace {

/// Texts of one read that leave together, at least. More would be held for each sender that waits.
constexpr std::size_t batch_limit = std::size_t{64} * 1024;

/// Of a name, in the log.
constexpr std::size_t shown_limit = 64;

class connection {
 public:
  connection(stream::socket socket, room where)
      : socket_{socket}, where_{std::move(where)}, decoder_{where_.state().options.limits} {
    const auto address = socket.peer_address();
    peer_ = address ? to_string(*address) : "unknown";
  }

  /// False: the room is not open.
  bool begin();
  task<> run();

 private:
  task<bool> handle(bytes data);
  bool accept(const message& next);
  bool accept_name(const bytes& name);
  task<> deliver_batch();
  bool listen_on() { return socket_.setopts({.active = active::once}).has_value(); }
  void log_refusal(std::string_view why) const { log(log_level::warning, fmt::format("Peer {}: {}", peer_, why)); }
  void log_end(const net_error* why) const;

  stream::socket socket_;
  room where_;
  decoder decoder_;
  bytes_builder batch_;  // what has been read and not delivered yet
  bytes name_;
  bool is_registered_ = false;
  detail::membership membership_;
  std::string peer_;
};

bool connection::begin() {
  trap_exit(true);
  const pid relay = pid::from_value(where_.state().here().relay.load());
  if (!relay) {
    log_refusal("the room is not open, closing connection");
    return false;
  }
  static_cast<void>(monitor(relay));
  const std::size_t limit = where_.state().options.queue_limit;
  return socket_
      .setopts({.active = active::once, .packet = packet::raw, .high_watermark = limit, .low_watermark = limit / 2})
      .has_value();
}

task<> connection::run() {
  for (;;) {
    auto next = co_await receive<stream::data, stream::closed, stream::error, detail::disconnected, exited, down>();
    if (auto* arrived = std::get_if<stream::data>(&next)) {
      const bool goes_on = co_await handle(std::move(arrived->bytes));
      co_await deliver_batch();
      if (!goes_on || !listen_on()) co_return;
    } else if (auto* told = std::get_if<exited>(&next)) {
      if (told->reason != exit_reason::normal) exit(told->reason);
    } else if (auto* closed = std::get_if<down>(&next)) {
      exit(closed->reason);
    } else if (auto* failed = std::get_if<stream::error>(&next)) {
      log_end(&failed->why);
      co_return;
    } else {
      if (std::holds_alternative<stream::closed>(next)) log_end(nullptr);
      co_return;
    }
  }
}

/// False: that was the last of it.
task<bool> connection::handle(bytes data) {
  decoder_.receive(std::move(data));
  for (;;) {
    auto next = decoder_.next();
    if (!next) {
      const bool is_garbage = next.error() == decode_error::unknown_type;
      const std::string why = is_garbage ? "" : fmt::format(" ({})", to_string(next.error()));
      log_refusal(fmt::format("Received invalid data{}, closing connection", why));
      co_return false;
    }
    if (!*next) co_return true;
    if (!accept(**next)) co_return false;
    if (batch_.size() < batch_limit) continue;
    co_await deliver_batch();
    co_await yield();  // a few bytes of the peer's can make many: a long name goes with each text
  }
}

bool connection::accept(const message& next) {
  if (const auto* asked = std::get_if<register_message>(&next)) return accept_name(asked->name);
  if (!is_registered_) {
    log_refusal("Invalid Broadcast message, had not received a Register message");
    return false;
  }
  encode_to(batch_, name_, std::get<broadcast_message>(next).contents);
  return true;
}

bool connection::accept_name(const bytes& name) {
  if (is_registered_) {
    log_refusal("Invalid Register message, had already received one");
    return false;
  }
  where_.state().names.register_key(name.view());
  is_registered_ = true;
  name_ = name.compact();  // by itself, without the rest of what has arrived
  peer_ += fmt::format(" ({})", name_.first(std::min(name_.size(), shown_limit)));
  membership_.begin(where_, {.socket = socket_, .connection = self(), .name = peer_});
  log(log_level::info, fmt::format("Peer {} has joined", peer_));
  return true;
}

task<> connection::deliver_batch() {
  if (!batch_.empty()) co_await detail::deliver(where_, batch_.finish(), membership_.place());
}

void connection::log_end(const net_error* why) const {
  if (decoder_.within_message()) return log_refusal("ended within a message");
  const std::string reason = why == nullptr ? "" : fmt::format(": {}", *why);
  log(log_level::info, fmt::format("Peer {} has left{}", peer_, reason));
}

}  // namespace

process<> serve(stream::socket socket, room where) {
  connection served{socket, std::move(where)};
  if (served.begin()) co_await served.run();
}

}  // namespace dialtone::chat
