// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/daytime/client.hpp>

#include <utility>

#include <dialtone/base/bytes_builder.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::daytime {

namespace {

task<std::expected<bytes, net_error>> receive_to_the_end(stream::socket socket, time_point deadline) {
  bytes_builder received;
  for (;;) {
    auto more = co_await socket.recv(0, delay_until(now(), deadline));
    if (!more && more.error() == net_error::closed && !received.empty()) co_return received.finish();
    if (!more) co_return std::unexpected{std::move(more).error()};
    if (received.size() + more->size() > answer_limit)
      co_return std::unexpected{net_error{net_operation::recv, net_error::message_too_long}};
    received.append(*more);
  }
}

}  // namespace

task<std::expected<bytes, net_error>> ask(stream::socket socket, duration limit) {
  auto answer = co_await receive_to_the_end(socket, after_delay(now(), limit));
  socket.close();
  co_return answer;
}

task<std::expected<bytes, net_error>> ask_udp(udp::socket socket, socket_address server, duration limit) {
  const time_point deadline = after_delay(now(), limit);
  if (auto sent = co_await socket.send(server, bytes{}); !sent) co_return std::unexpected{std::move(sent).error()};
  for (;;) {
    auto got = co_await socket.recv(delay_until(now(), deadline));
    if (!got) co_return std::unexpected{std::move(got).error()};
    if (got->source == server) co_return std::move(got->bytes);
  }
}

}  // namespace dialtone::daytime
