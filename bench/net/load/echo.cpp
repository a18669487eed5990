// SPDX-License-Identifier: Apache-2.0
// Echo on connections that stay open. A turn begins with a warm-up of a quarter more and ends when all is back.
//
// Without a rate each connection keeps PIPELINED messages on the way, the first of which leave before the warm-up (of
// 10,000 large ones that alone takes longer), and a turn says how many came back in its window,
// what CPU time the server used meanwhile, and the round trips, each from its send. With a rate messages leave on a
// fixed timetable, and round trips count from the time in the timetable: a server that stalls is charged for all that
// waits.
//
//   {"messages": 1, "seconds": 0.25, "server_cpu_seconds": 0.2, "p50_ns": 1, "p99_ns": 1, "p999_ns": 1}
#include <sys/epoll.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "load.hpp"

namespace load {
namespace {

constexpr std::size_t receive_size = std::size_t{256} * 1024;
constexpr std::size_t timetable_limit = 1024;  // messages of one connection on the way
constexpr std::uint32_t ports_an_address = 20'000;
constexpr std::int64_t drain_limit = 30'000'000'000;

struct connection {
  descriptor socket;
  std::size_t received = 0;  // of the message that is coming in
  std::size_t sent = 0;      // of the message that is going out
  std::size_t unsent = 0;    // bytes, over all messages due
  bool waits_for_room = false;
  std::uint32_t first = 0;  // of the messages on the way
  std::uint32_t last = 0;
};

class echo final : public work {
 public:
  echo(const options& asked, const server& under_load)
      : asked_{asked}, server_{under_load}, in_flight_limit_{std::bit_ceil(most_in_flight(asked))} {}

  void prepare() override {
    for (std::size_t i = 0; i < asked_.connections; ++i) {
      connections_[i].socket = connect_to(server_, static_cast<std::uint32_t>(i) / ports_an_address);
      watch(poller_, connections_[i].socket, &connections_[i]);
    }
  }

  std::string turn() override {
    started_ = completed_ = 0;
    round_trips_.clear();
    if (asked_.rate == 0) fill();
    const auto begin = now() + static_cast<std::int64_t>(asked_.seconds * 0.25e9);
    const auto end = begin + static_cast<std::int64_t>(asked_.seconds * 1e9);
    window_start_ = begin;
    work_until(begin);
    const auto window = now();
    const auto cpu = cpu_time_of(server_);
    const auto before = completed_;
    work_until(end);
    const auto messages = completed_ - before;
    const auto used = cpu_time_of(server_) - cpu;
    const auto took = now() - window;
    drain();
    return fmt::format(R"({{"messages": {}, "seconds": {:.9f}, "server_cpu_seconds": {:.9f}, {}}})", messages,
                       static_cast<double>(took) / 1e9, static_cast<double>(used) / 1e9, round_trips_.json());
  }

 private:
  static std::size_t most_in_flight(const options& asked) { return asked.rate > 0 ? timetable_limit : asked.pipelined; }

  void fill() {
    for (auto& one : connections_) queue(one, asked_.pipelined, now());
  }

  void work_until(std::int64_t end) {
    if (asked_.rate == 0) {
      while (now() < end) poll_once(100);
      return;
    }
    const auto gap = 1e9 / asked_.rate;
    if (started_ == 0) timetable_start_ = now();
    for (std::int64_t time = 0; (time = now()) < end;) {
      for (;; ++started_) {
        const auto due = timetable_start_ + static_cast<std::int64_t>(static_cast<double>(started_) * gap);
        if (due > time) break;
        send_on_time(connections_[started_ % connections_.size()], due);
      }
      poll_once(0);
    }
  }

  void send_on_time(connection& by, std::int64_t due) {
    if (by.last - by.first == in_flight_limit_) throw not_able{"cannot keep up with the rate"};
    note_due(by, 1, due);
    by.unsent += asked_.size;
    send_due(by);
  }

  void queue(connection& by, std::size_t messages, std::int64_t time) {
    note_due(by, messages, time);
    by.unsent += messages * asked_.size;
    started_ += messages;
    send_due(by);
  }

  std::int64_t& due_of(const connection& of, std::uint32_t message) {
    return due_[static_cast<std::size_t>(&of - connections_.data()) * in_flight_limit_ + message % in_flight_limit_];
  }

  void note_due(connection& of, std::size_t messages, std::int64_t due) {
    for (; messages > 0; --messages) due_of(of, of.last++) = due;
  }

  void drain() {
    draining_ = true;
    for (const auto limit = now() + drain_limit; completed_ < started_;) {
      poll_once(100);
      if (now() > limit) throw std::runtime_error{"not all came back"};
    }
    draining_ = false;
  }

  void poll_once(int timeout_milliseconds) {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(poller_.get(), events.data(), static_cast<int>(events.size()), timeout_milliseconds);
    if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      auto& ready = *static_cast<connection*>(event.data.ptr);
      if ((event.events & EPOLLOUT) != 0) send_due(ready);
      if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) receive_some(ready);
    }
  }

  void receive_some(connection& from) {
    const auto size = ::recv(from.socket.get(), received_.data(), received_.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return;
    if (checked(static_cast<int>(size), "recv") == 0) throw std::runtime_error{"the server closed a connection"};
    const auto count = static_cast<std::size_t>(size);
    if (std::memcmp(received_.data(), &pattern_[from.received], count) != 0)
      throw std::runtime_error{"other bytes than were sent"};
    const auto messages = (from.received + count) / asked_.size;
    from.received = (from.received + count) % asked_.size;
    if (messages > 0) came_back(from, messages);
  }

  void came_back(connection& from, std::size_t messages) {
    const auto time = now();
    completed_ += messages;
    for (std::size_t i = 0; i < messages; ++i) {
      const auto due = due_of(from, from.first++);
      if (due >= window_start_ && !draining_is_unasked()) round_trips_.add(time - due);
    }
    if (asked_.rate == 0 && !draining_) queue(from, messages, time);
  }

  // What is on the way when a saturated window ends comes back to a server that has less and less to do.
  bool draining_is_unasked() const { return draining_ && asked_.rate == 0; }

  void send_due(connection& by) {
    while (by.unsent > 0) {
      const auto size = std::min(by.unsent, pattern_.size() - by.sent);
      const auto sent = ::send(by.socket.get(), &pattern_[by.sent], size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EAGAIN) {
        wait_for_room(by, true);
        return;
      }
      const auto count = static_cast<std::size_t>(checked(static_cast<int>(sent), "send"));
      by.unsent -= count;
      by.sent = (by.sent + count) % asked_.size;
    }
    wait_for_room(by, false);
  }

  void wait_for_room(connection& by, bool waits) {
    if (by.waits_for_room == waits) return;
    by.waits_for_room = waits;
    epoll_event event{};
    event.events = EPOLLIN | (waits ? EPOLLOUT : 0U);
    event.data.ptr = &by;
    checked(::epoll_ctl(poller_.get(), EPOLL_CTL_MOD, by.socket.get(), &event), "epoll_ctl");
  }

  const options asked_;
  const server server_;
  const std::size_t in_flight_limit_;  // of a connection; a power of two
  descriptor poller_{checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  std::vector<connection> connections_ = std::vector<connection>(asked_.connections);
  std::vector<std::int64_t> due_ = std::vector<std::int64_t>(asked_.connections * in_flight_limit_);
  std::vector<char> pattern_ =
      pattern_of(asked_.size, asked_.size + std::max(asked_.pipelined * asked_.size, receive_size));
  std::vector<char> received_ = std::vector<char>(receive_size);
  std::size_t started_ = 0;  // messages of this turn
  std::size_t completed_ = 0;
  std::int64_t timetable_start_ = 0;
  std::int64_t window_start_ = 0;
  histogram round_trips_;
  bool draining_ = false;  // what comes back is not answered with more
};

}  // namespace

std::unique_ptr<work> make_echo(const options& asked, const server& under_load) {
  return std::make_unique<echo>(asked, under_load);
}

}  // namespace load
