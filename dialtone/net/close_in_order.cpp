// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/close_in_order.hpp>

#include <dialtone/runtime/timers.hpp>

namespace dialtone {

task<> close_in_order(stream::socket socket, last_words heard) {
  const time_point deadline = after_delay(now(), heard.limit);
  if (socket.shutdown()) {
    for (std::size_t thrown_away = 0; thrown_away < heard.bytes;) {
      auto data = co_await socket.recv(0, delay_until(now(), deadline));
      if (!data) break;
      thrown_away += data->size();
    }
  }
  socket.close();
}

}  // namespace dialtone
