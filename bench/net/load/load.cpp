// SPDX-License-Identifier: Apache-2.0
#include "load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <utility>

#include <fmt/format.h>

namespace load {
namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  checked(::clock_gettime(clock, &time), "clock_gettime");
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

sockaddr_in loopback(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
  return address;
}

}  // namespace

int checked(int result, const char* what) {
  if (result < 0) throw std::runtime_error{fmt::format("{}: {}", what, std::strerror(errno))};
  return result;
}

std::int64_t now() { return read_clock(CLOCK_MONOTONIC); }

std::int64_t cpu_time_of(const server& measured) {
  clockid_t clock{};
  errno = ::clock_getcpuclockid(measured.process, &clock);
  checked(errno == 0 ? 0 : -1, "the server's CPU clock");
  return read_clock(clock);
}

// --- histogram: 128 buckets for each power of two ---

namespace {
constexpr std::size_t fine_bits = 7;
constexpr std::uint64_t fine = std::uint64_t{1} << fine_bits;

std::size_t bucket_of(std::uint64_t value) {
  const auto width = static_cast<std::size_t>(std::bit_width(value));
  const auto power = std::max(width, fine_bits + 1) - fine_bits - 1;
  return (power << fine_bits) + (value >> power);
}

std::int64_t middle_of(std::size_t bucket) {
  if (bucket < 2 * fine) return static_cast<std::int64_t>(bucket);
  const auto power = (bucket >> fine_bits) - 1;
  const auto least = (bucket - (power << fine_bits)) << power;
  return static_cast<std::int64_t>(least + (std::size_t{1} << power) / 2);
}
}  // namespace

histogram::histogram() : counts_(bucket_of(~std::uint64_t{0}) + 1) {}

void histogram::add(std::int64_t nanoseconds, std::size_t times) {
  counts_[bucket_of(static_cast<std::uint64_t>(std::max(nanoseconds, std::int64_t{0})))] += times;
  count_ += times;
}

void histogram::clear() {
  std::ranges::fill(counts_, 0);
  count_ = 0;
}

std::int64_t histogram::percentile(double share) const {
  auto left = static_cast<std::size_t>(share * static_cast<double>(count_));
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    if (counts_[bucket] > left) return middle_of(bucket);
    left -= counts_[bucket];
  }
  return 0;
}

std::string histogram::json() const {
  return fmt::format("\"p50_ns\": {}, \"p99_ns\": {}, \"p999_ns\": {}", percentile(0.5), percentile(0.99),
                     percentile(0.999));
}

// --- sockets ---

descriptor::descriptor(descriptor&& other) noexcept : of_{std::exchange(other.of_, -1)} {}

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  std::swap(of_, other.of_);
  return *this;
}

descriptor::~descriptor() {
  if (of_ >= 0) ::close(of_);
}

descriptor connect_to(const server& peer, std::uint32_t source) {
  descriptor made{checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
  const int on = 1;
  ::setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(made.get(), IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
  // The port is chosen when the peer is known, so that another peer's connections do not use it up.
  ::setsockopt(made.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const auto from = loopback(source, 0);
  const auto to = loopback(0, peer.port);
  checked(::bind(made.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from), "bind");
  checked(::connect(made.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), "connect");
  return made;
}

void watch(const descriptor& poller, const descriptor& socket, void* data) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = data;
  checked(::epoll_ctl(poller.get(), EPOLL_CTL_ADD, socket.get(), &event), "epoll_ctl");
}

std::vector<char> pattern_of(std::size_t message, std::size_t size) {
  std::vector<char> made(size);
  for (std::size_t i = 0; i < size; ++i)
    made[i] = static_cast<char>((static_cast<std::uint32_t>(i % message) * 2'654'435'761U) >> 24U);
  return made;
}

void echo_once(const descriptor& socket, std::span<const char> message) {
  std::array<char, 4096> back{};
  checked(static_cast<int>(::send(socket.get(), message.data(), message.size(), MSG_NOSIGNAL)), "send");
  for (std::size_t done = 0; done < message.size();) {
    const auto size = checked(static_cast<int>(::recv(socket.get(), back.data(), back.size(), 0)), "recv");
    if (size == 0) throw std::runtime_error{"the server closed a connection"};
    const auto count = static_cast<std::size_t>(size);
    if (count > message.size() - done || std::memcmp(back.data(), &message[done], count) != 0)
      throw std::runtime_error{"other bytes than were sent"};
    done += count;
  }
}

}  // namespace load
