// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/echo/client.hpp>

#include <utility>
#include <variant>

#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::echo {

namespace {

task<std::expected<void, net_error>> send_it(stream::socket socket, bytes message) {
  co_return co_await socket.send(std::move(message));
}

task<std::expected<bytes, net_error>> receive_it(stream::socket socket, std::size_t size, duration limit) {
  co_return co_await socket.recv(size, limit);
}

}  // namespace

task<std::expected<bytes, net_error>> ask(stream::socket socket, bytes message, duration limit) {
  const std::size_t size = message.size();
  if (size == 0) co_return bytes{};
  const time_point deadline = after_delay(now(), limit);
  auto first = co_await race(receive_it(socket, size, limit), send_it(socket, std::move(message)));
  if (auto* received = std::get_if<0>(&first)) co_return std::move(*received);
  // It has been sent, or cannot be: then the receiving says why. What was received meanwhile has stayed.
  co_return co_await receive_it(socket, size, delay_until(now(), deadline));
}

}  // namespace dialtone::echo
