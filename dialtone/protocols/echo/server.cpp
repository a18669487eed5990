// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/echo/server.hpp>

#include <string>
#include <utility>

#include <fmt/format.h>

#include <dialtone/runtime/logging.hpp>

namespace dialtone::echo {

namespace {

/// Who is at the other end, for the log.
std::string name_of_peer(stream::socket socket) {
  const auto address = socket.peer_address();
  return address ? to_string(*address) : "unknown";
}

void log_received(const std::string& peer, std::size_t size) {
  if (!logs(log_level::debug)) return;
  log(log_level::debug, fmt::format("Received new message from peer {}, {} bytes", peer, size));
}

void log_end(const std::string& peer, const net_error& why) {
  const std::string reason = why == net_error::closed ? "" : fmt::format(": {}", why);
  log(log_level::info, fmt::format("Peer {} disconnected{}", peer, reason));
}

}  // namespace

process<> serve(stream::socket socket) {
  const std::string peer = name_of_peer(socket);
  log(log_level::info, fmt::format("Peer {} connecting", peer));
  for (;;) {
    auto data = co_await socket.recv();
    if (!data) co_return log_end(peer, data.error());
    log_received(peer, data->size());
    if (auto sent = co_await socket.send(std::move(*data)); !sent) co_return log_end(peer, sent.error());
  }
}

process<> serve_lines(stream::socket socket, std::size_t limit) {
  const std::string peer = name_of_peer(socket);
  log(log_level::info, fmt::format("Peer {} connecting", peer));
  line_decoder decoder{limit};
  for (;;) {
    auto data = co_await socket.recv();
    if (!data) co_return log_end(peer, data.error());
    log_received(peer, data->size());
    decoder.receive(std::move(*data));
    for (;;) {
      auto line = decoder.next();
      if (!line) {
        log(log_level::warning, fmt::format("Peer {}: {}, closing connection", peer, to_string(line.error())));
        co_return;
      }
      if (!*line) break;
      if (auto sent = co_await socket.send(std::move(**line)); !sent) co_return log_end(peer, sent.error());
    }
  }
}

}  // namespace dialtone::echo
