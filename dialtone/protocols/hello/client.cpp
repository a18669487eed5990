// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/hello/client.hpp>

#include <utility>

#include <dialtone/base/bytes_builder.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::hello {

namespace {

constexpr std::size_t greeting_limit = std::size_t{16} * 1024;

std::unexpected<net_error> failure(net_error::code_type code) {
  return std::unexpected{net_error{net_operation::recv, code}};
}

task<std::expected<void, net_error>> wait_for_question(stream::socket socket, time_point deadline) {
  bytes received;
  for (;;) {
    auto more = co_await socket.recv(question.size() - received.size(), delay_until(now(), deadline));
    if (!more) co_return std::unexpected{std::move(more).error()};
    received = concat({received, *more});
    auto complete = decode_question(received);
    if (!complete) co_return failure(net_error::malformed);
    if (*complete) co_return std::expected<void, net_error>{};
  }
}

task<std::expected<bytes, net_error>> receive_to_the_end(stream::socket socket, time_point deadline) {
  bytes_builder received;
  for (;;) {
    auto more = co_await socket.recv(0, delay_until(now(), deadline));
    if (!more && more.error() == net_error::closed && !received.empty()) co_return received.finish();
    if (!more) co_return std::unexpected{std::move(more).error()};
    if (received.size() + more->size() > greeting_limit) co_return failure(net_error::message_too_long);
    received.append(*more);
  }
}

task<std::expected<bytes, net_error>> converse(stream::socket socket, bytes name, time_point deadline) {
  if (auto asked = co_await wait_for_question(socket, deadline); !asked)
    co_return std::unexpected{std::move(asked).error()};
  if (auto sent = co_await socket.send(std::move(name)); !sent) co_return std::unexpected{std::move(sent).error()};
  auto received = co_await receive_to_the_end(socket, deadline);
  if (!received) co_return received;
  auto greeted = decode_greeting(*received);
  if (!greeted) co_return failure(net_error::malformed);
  co_return std::move(*greeted);
}

}  // namespace

task<std::expected<bytes, net_error>> greet(stream::socket socket, bytes name, duration limit) {
  const time_point deadline = after_delay(now(), limit);
  auto greeted = co_await converse(socket, std::move(name), deadline);
  socket.close();
  co_return greeted;
}

}  // namespace dialtone::hello
