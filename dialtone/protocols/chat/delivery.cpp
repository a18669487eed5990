// SPDX-License-Identifier: Apache-2.0
// How texts come into the queues of members, and what happens where a queue is full.
#include <algorithm>
#include <list>
#include <utility>

#include <fmt/format.h>

#include <dialtone/protocols/chat/room_state.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::chat::detail {

namespace {

/// How often is looked whether a member takes anything.
constexpr duration look_interval = std::chrono::milliseconds{10};

/// Resets the connection, drops the queue, and tells the connection's process, which may be waiting for another member.
void disconnect(members& all, std::size_t place, const room_options& options, std::size_t unsent) {
  const member& who = all.at(place);
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(options.stopped_after);
  log(log_level::warning, fmt::format("Reader {} has taken nothing for {} ms, {} bytes unsent, disconnecting", who.name,
                                      limit.count(), unsent));
  static_cast<void>(who.socket.setopts({.linger = duration::zero()}));
  who.socket.close();
  send(who.connection, disconnected{});
}

/// A process of its own: the senders that wait may end at any time.
process<> watch(room where, std::size_t place, stream::socket socket) {
  members& all = where.state().here().members;
  const room_options& options = where.state().options;
  std::uint64_t taken = 0;
  time_point since = now();
  for (bool first = true;; first = false) {
    if (!all.has(place, socket)) co_return;
    const auto seen = socket.getstat();
    if (!seen || all.waiting_at(place) == 0) break;
    if (first || seen->sent_bytes != taken) {
      taken = seen->sent_bytes;
      since = now();
    }
    const time_point end = after_delay(since, options.stopped_after);
    if (now() >= end) {
      disconnect(all, place, options, seen->send_pending);
      break;
    }
    co_await sleep_for(std::min(look_interval, end - now()));
  }
  all.watched_at(place) = false;
}

/// A send to a member that is noticed when it has to wait.
using send_wait = decltype(stream::socket{}.send(bytes{}));
class noticed_send : public send_wait {
 public:
  noticed_send(const room& where, members& all, std::size_t place, const bytes& texts)
      : send_wait{all.socket_at(place).name(), texts}, where_{where}, all_{all}, place_{place} {}
  ~noticed_send() {
    if (waits_ && all_.has(place_, reader_)) --all_.waiting_at(place_);
  }
  noticed_send(const noticed_send&) = delete;

  bool await_ready() {
    const bool ready = send_wait::await_ready();
    if (!ready) [[unlikely]]
      notice();
    return ready;
  }

 private:
  void notice() {
    if (result) return;  // it only yields
    reader_ = all_.socket_at(place_);
    waits_ = true;
    ++all_.waiting_at(place_);
    if (all_.watched_at(place_)) return;
    all_.watched_at(place_) = try_spawn({.label = "chat watch"}, watch, where_, place_, reader_).has_value();
  }

  const room& where_;
  members& all_;
  const std::size_t place_;
  stream::socket reader_;
  bool waits_ = false;
};

}  // namespace

task<> deliver_here(room where, bytes texts, std::size_t except) {
  members& all = where.state().here().members;
  // Who comes while a member is waited for has not been there when the texts were sent.
  const std::size_t end = all.size();
  for (std::size_t place = 0; place < std::min(end, all.size()); ++place) {
    if (place == except || all.socket_at(place) == stream::socket{}) continue;
    // An error is that member's: its own process is told.
    static_cast<void>(co_await noticed_send{where, all, place, texts});
  }
}

task<> deliver(room where, bytes texts, std::size_t except) {
  room_state& state = where.state();
  const std::uint32_t own = self().scheduler();
  std::list<pending_reply<void>> elsewhere;
  for (std::uint32_t i = 0; i < scheduler_count(); ++i) {
    if (i == own || state.parts[i].present.load(std::memory_order_relaxed) == 0) continue;
    const pid relay = pid::from_value(state.parts[i].relay.load(std::memory_order_relaxed));
    if (!relay) continue;
    elsewhere.emplace_back(relay);
    send(relay, relayed{texts, elsewhere.back().address()});
  }
  co_await deliver_here(where, std::move(texts), except);
  // One that has ended closes the room on its scheduler: there is nobody to wait for.
  for (auto& each : elsewhere) static_cast<void>(co_await each.within(duration::max()));
}

}  // namespace dialtone::chat::detail
