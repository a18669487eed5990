// SPDX-License-Identifier: Apache-2.0
// What the loads of `scripts/bench net` share: what is asked of them, the server, its sockets and its use of the
// machine. For the load's own process, one thread. Whatever goes wrong is thrown and fails this server's turns alone.
#pragma once

#include <sys/types.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace load {

struct options {
  std::string kind;             ///< echo, churn or idle
  std::size_t connections = 0;  ///< at a time
  std::size_t size = 0;         ///< bytes of a message
  std::size_t pipelined = 1;    ///< messages on the way, of each connection
  double seconds = 0;           ///< of a turn
  int turns = 0;
  double rate = 0;  ///< messages a second on a timetable, over all connections; 0: as many as come back
};

struct server {
  std::uint16_t port = 0;
  pid_t process = 0;
};

/// What this server cannot do; no fault of the programs.
struct not_able : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One server under one load. Made in a process of its own.
class work {
 public:
  virtual ~work() = default;
  /// Before any turn: opens what stays open.
  virtual void prepare() {}
  /// One line of JSON.
  virtual std::string turn() = 0;
};

std::unique_ptr<work> make_echo(const options& asked, const server& under_load);
std::unique_ptr<work> make_churn(const options& asked, const server& under_load);
std::unique_ptr<work> make_idle(const options& asked, const server& under_load);

/// Throws with errno's text when `result` is negative, else returns it.
int checked(int result, const char* what);

// --- time, in nanoseconds ---

std::int64_t now();
/// The CPU time of the server's process, exact to the nanosecond.
std::int64_t cpu_time_of(const server& measured);

/// Durations, each kept to within a 128th of itself.
class histogram {
 public:
  histogram();
  void add(std::int64_t nanoseconds, std::size_t times = 1);
  void clear();
  std::size_t count() const { return count_; }
  /// The duration that this share of all does not go beyond.
  std::int64_t percentile(double share) const;
  /// As members of a JSON object: "p50_ns": 1, "p99_ns": 2, "p999_ns": 3.
  std::string json() const;

 private:
  std::vector<std::size_t> counts_;
  std::size_t count_ = 0;
};

// --- sockets ---

class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int of) : of_{of} {}
  descriptor(descriptor&& other) noexcept;
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();
  int get() const { return of_; }

 private:
  int of_ = -1;
};

/// Connected when it returns. `source` is added to the source address 127.0.0.1: a single one has some 28,000 ports.
descriptor connect_to(const server& peer, std::uint32_t source);
/// The epoll instance gets this socket; its events carry `data`.
void watch(const descriptor& poller, const descriptor& socket, void* data);
/// The message, over and over, at least `size` bytes. A byte depends on its place in the message.
std::vector<char> pattern_of(std::size_t message, std::size_t size);
/// Sends `size` bytes of it and compares what comes back. Blocks.
void echo_once(const descriptor& socket, std::span<const char> message);

}  // namespace load
