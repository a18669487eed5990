// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/hello/server.hpp>

#include <string>
#include <utility>

#include <fmt/format.h>

#include <dialtone/net/close_in_order.hpp>
#include <dialtone/runtime/logging.hpp>

namespace dialtone::hello {

namespace {

void log_refusal(const std::string& peer, std::string_view why) {
  log(log_level::warning, fmt::format("Peer {}: {}, closing connection", peer, why));
}

std::string reason_of(const net_error& why, const options& with) {
  if (why != net_error::timeout) return to_string(why);
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(with.name_timeout);
  return fmt::format("no name within {} ms", limit.count());
}

}  // namespace

process<> serve(stream::socket socket, options with) {
  const auto address = socket.peer_address();
  const std::string peer = address ? to_string(*address) : "unknown";
  if (auto asked = co_await socket.send(question); !asked) co_return log_refusal(peer, to_string(asked.error()));
  auto received = co_await socket.recv(0, with.name_timeout);
  if (!received) co_return log_refusal(peer, reason_of(received.error(), with));
  auto name = decode_name(*received, with.name_limit);
  if (!name) co_return log_refusal(peer, to_string(name.error()));
  log(log_level::info, fmt::format("Peer {} is {}", peer, *name));
  static_cast<void>(co_await socket.send(encode_greeting(*name)));
  // The name may have come in pieces: what is unread at a close would take the greeting back.
  co_await close_in_order(socket);
}

}  // namespace dialtone::hello
