// SPDX-License-Identifier: Apache-2.0
// Accept, one echo, close: so many connections at a time, each of which sends a message, reads it back, ends its
// sending half, waits for the server's end and makes room for the next. So an operation has the server's close in it.
//
// The ends are in order, as users' are, so the load's sockets stay in TIME_WAIT: the connections take turns on 250
// source addresses, of some 28,000 ports each. A turn begins with a warm-up of a quarter more.
//
//   {"connections": 1, "seconds": 0.25, "server_cpu_seconds": 0.2, "p50_ns": 1, "p99_ns": 1, "p999_ns": 1}
#include <sys/epoll.h>
#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "load.hpp"

namespace load {
namespace {

constexpr std::uint32_t addresses = 250;
constexpr std::int64_t drain_limit = 30'000'000'000;

struct visit {
  descriptor socket;
  std::int64_t start = 0;
  std::size_t received = 0;
};

class churn final : public work {
 public:
  churn(const options& asked, const server& under_load) : asked_{asked}, server_{under_load} {}

  std::string turn() override {
    for (auto& one : visits_) begin(one);
    work_until(now() + static_cast<std::int64_t>(asked_.seconds * 0.25e9));
    const auto window = now();
    const auto cpu = cpu_time_of(server_);
    const auto before = completed_;
    round_trips_.clear();
    work_until(window + static_cast<std::int64_t>(asked_.seconds * 1e9));
    const auto connections = completed_ - before;
    const auto used = cpu_time_of(server_) - cpu;
    const auto line =
        fmt::format(R"({{"connections": {}, "seconds": {:.9f}, "server_cpu_seconds": {:.9f}, {}}})", connections,
                    static_cast<double>(now() - window) / 1e9, static_cast<double>(used) / 1e9, round_trips_.json());
    drain();
    return line;
  }

 private:
  /// On the loopback a connect is done when it returns, so nothing waits here.
  void begin(visit& one) {
    one = {.socket = {}, .start = now()};
    one.socket = connect_to(server_, next_address_++ % addresses);
    ++under_way_;
    const auto sent = ::send(one.socket.get(), message_.data(), message_.size(), MSG_NOSIGNAL);
    if (static_cast<std::size_t>(checked(static_cast<int>(sent), "send")) != message_.size())
      throw std::runtime_error{"a new connection has no room for a message"};
    watch(poller_, one.socket, &one);
  }

  void work_until(std::int64_t end) {
    while (now() < end) poll_once();
  }

  void drain() {
    draining_ = true;
    for (const auto limit = now() + drain_limit; under_way_ > 0;) {
      poll_once();
      if (now() > limit) throw std::runtime_error{"not all connections ended"};
    }
    draining_ = false;
  }

  void poll_once() {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(poller_.get(), events.data(), static_cast<int>(events.size()), 100);
    if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
    for (int i = 0; i < count; ++i) receive(*static_cast<visit*>(events[static_cast<std::size_t>(i)].data.ptr));
  }

  void receive(visit& one) {
    std::array<char, 4096> back{};
    const auto size = ::recv(one.socket.get(), back.data(), back.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return;
    const auto count = static_cast<std::size_t>(checked(static_cast<int>(size), "recv"));
    if (count == 0) {
      end(one);
      return;
    }
    if (count > message_.size() - one.received || std::memcmp(back.data(), &message_[one.received], count) != 0)
      throw std::runtime_error{"other bytes than were sent"};
    one.received += count;
    if (one.received == message_.size()) checked(::shutdown(one.socket.get(), SHUT_WR), "shutdown");
  }

  void end(visit& one) {
    if (one.received != message_.size()) throw std::runtime_error{"the server closed before it echoed"};
    round_trips_.add(now() - one.start);
    one.socket = {};
    --under_way_;
    ++completed_;
    if (!draining_) begin(one);
  }

  const options asked_;
  const server server_;
  descriptor poller_{checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  std::vector<visit> visits_ = std::vector<visit>(asked_.connections);
  std::vector<char> message_ = pattern_of(asked_.size, asked_.size);
  std::uint32_t next_address_ = 0;
  std::size_t completed_ = 0;
  std::size_t under_way_ = 0;
  histogram round_trips_;
  bool draining_ = false;
};

}  // namespace

std::unique_ptr<work> make_churn(const options& asked, const server& under_load) {
  return std::make_unique<churn>(asked, under_load);
}

}  // namespace load
