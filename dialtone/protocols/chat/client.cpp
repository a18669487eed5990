// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/chat/client.hpp>

#include <optional>
#include <utility>
#include <variant>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::chat {

namespace {

struct leave_now {};

constexpr std::uint64_t waiting_limit = 128;
constexpr duration look_interval = std::chrono::milliseconds{1};

std::unexpected<net_error> too_long() {
  return std::unexpected{net_error{net_operation::send, net_error::message_too_long}};
}

/// Sends the owner what has come; why the connection is over then.
std::optional<net_error> hand_on(decoder& received, pid owner) {
  const net_error malformed{net_operation::recv, net_error::malformed};
  for (;;) {
    auto next = received.next();
    if (!next) return malformed;
    if (!*next) return std::nullopt;
    auto* said = std::get_if<broadcast_message>(&**next);
    if (said == nullptr) return malformed;
    send(owner, text{self(), std::move(said->from), std::move(said->contents)});
  }
}

/// False: it has died.
task<bool> wait_until_taken(pid owner) {
  for (;;) {
    const auto info = co_await info_of(owner);
    if (!info) co_return false;
    if (info->mailbox_length <= waiting_limit) co_return true;
    co_await sleep_for(look_interval);
  }
}

process<> run_client(stream::socket socket, pid owner) {
  static_cast<void>(monitor(owner));
  decoder received;
  for (;;) {
    if (auto listens = socket.setopts({.active = active::once}); !listens)
      co_return send(owner, ended{self(), listens.error()});
    auto next = co_await receive<stream::data, stream::closed, stream::error, leave_now, down>();
    if (auto* arrived = std::get_if<stream::data>(&next)) {
      received.receive(std::move(arrived->bytes));
      if (auto why = hand_on(received, owner)) co_return send(owner, ended{self(), std::move(*why)});
      if (!co_await wait_until_taken(owner)) co_return;
    } else if (auto* failed = std::get_if<stream::error>(&next)) {
      co_return send(owner, ended{self(), std::move(failed->why)});
    } else {
      if (std::holds_alternative<stream::closed>(next))
        send(owner, ended{self(), net_error{net_operation::recv, net_error::closed}});
      co_return;
    }
  }
}

}  // namespace

task<std::expected<void, net_error>> client::say(bytes contents) const {
  if (contents.size() > field_limit) co_return too_long();
  co_return co_await socket_.send(encode(broadcast_message{name_, std::move(contents)}));
}

void client::leave() const { send(process_, leave_now{}); }

task<std::expected<client, net_error>> join(transport over, socket_address server, bytes name, join_options options) {
  if (name.size() > field_limit) co_return too_long();
  auto socket = co_await over.connect(std::move(server), std::move(options.connection), options.connect_limit);
  if (!socket) co_return std::unexpected{std::move(socket).error()};
  if (auto sent = co_await socket->send(encode(register_message{name})); !sent) {
    socket->close();
    co_return std::unexpected{std::move(sent).error()};
  }
  const pid process = spawn({.label = "chat client"}, run_client, *socket, self());
  if (auto given = socket->controlling_process(process); !given) {
    exit(process, exit_reason::kill);
    co_return std::unexpected{std::move(given).error()};
  }
  co_return client{process, *socket, std::move(name)};
}

}  // namespace dialtone::chat
