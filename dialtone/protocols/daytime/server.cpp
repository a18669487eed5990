// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/daytime/server.hpp>

#include <fmt/format.h>

#include <dialtone/net/close_in_order.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/time_of_day.hpp>

namespace dialtone::daytime {

namespace {

bytes answer() { return encode(std::chrono::floor<std::chrono::seconds>(time_of_day())); }

/// A sender with the port of a service that answers everything (RFC 862 to 867): its answers are no questions.
bool answers_everything(const socket_address& source) {
  const std::uint16_t port = source.port();
  return source.is_ip() && (port == 7 || port == 13 || port == 17 || port == 19);
}

void log_failure(const socket_address& peer, const net_error& why) {
  if (logs(log_level::debug)) log(log_level::debug, fmt::format("Peer {} has no answer: {}", peer, why));
}

}  // namespace

process<> serve(stream::socket socket) {
  static_cast<void>(co_await socket.send(answer()));
  co_await close_in_order(socket);
}

process<> serve_udp(udp::socket socket) {
  for (;;) {
    auto asked = co_await socket.recv();
    if (!asked && asked.error() == net_error::closed) co_return;
    if (!asked && asked.error() == std::errc::connection_refused) continue;  // of an answer, at a connected socket
    if (!asked) exit(exit_reason::custom_text(to_string(asked.error())));
    if (answers_everything(asked->source) || decode(asked->bytes.view())) continue;
    auto sent = co_await socket.send(asked->source, answer());
    if (!sent) log_failure(asked->source, sent.error());
  }
}

}  // namespace dialtone::daytime
