// SPDX-License-Identifier: Apache-2.0
// What idle connections cost: the growth of the server's resident set, as /proc tells it, after so many connections
// were opened, after one echo on each, and after all were closed; and how often a thread of the server woke up, a
// second, while all of them were idle, counted for SECONDS after a rest. Once in a life of a server: what was allocated
// once stays.
//
//   {"unused_bytes": 1, "echoed_bytes": 1, "closed_bytes": 1, "wakeups": 0.0}, bytes for each connection
#include <poll.h>
#include <unistd.h>
#include <filesystem>

#include <fstream>

#include <fmt/format.h>

#include "load.hpp"

namespace load {
namespace {

constexpr std::uint32_t ports_an_address = 20'000;
constexpr std::size_t batch = 1000;              // less than the backlog of any server
constexpr int warm_up = 64;                      // echoes, and connections
constexpr std::size_t warm_up_size = 16 * 1024;  // bytes of each, so that a server has touched all its common buffers
constexpr int settle_milliseconds = 50;
constexpr std::int64_t settled_use = 500'000;  // ns of CPU in that time: a runtime may tick
constexpr int rest_milliseconds = 1500;        // what watches a busy server may go on for a while
constexpr std::int64_t settle_limit = 20'000'000'000;

class idle final : public work {
 public:
  idle(const options& asked, const server& under_load) : asked_{asked}, server_{under_load} {}

  /// What is loaded or set up for the first connection is the server's, not the connections'.
  void prepare() override {
    const auto large = pattern_of(warm_up_size, warm_up_size);
    const auto busy = connect_to(server_, 0);
    for (int i = 0; i < warm_up; ++i) echo_once(busy, large);
    for (int i = 0; i < warm_up; ++i) echo_once(connect_to(server_, 0), message_);
    settle();
  }

  std::string turn() override {
    const auto before = resident();
    open();
    const auto unused = resident();
    for (const auto& one : sockets_) echo_once(one, message_);
    settle();
    const auto echoed = resident();
    const auto wakeups = wakeups_a_second();
    close();
    const auto closed = resident();
    return fmt::format(
        R"({{"unused_bytes": {:.1f}, "echoed_bytes": {:.1f}, "closed_bytes": {:.1f}, "wakeups": {:.2f}}})",
        each(unused - before), each(echoed - before), each(closed - before), wakeups);
  }

 private:
  void open() {
    const auto held = descriptors();
    while (sockets_.size() < asked_.connections) {
      sockets_.push_back(connect_to(server_, static_cast<std::uint32_t>(sockets_.size()) / ports_an_address));
      if (sockets_.size() % batch == 0) settle();
    }
    settle();
    if (descriptors() < held + asked_.connections) throw std::runtime_error{"the server has not accepted all"};
  }

  void close() {
    const auto held = descriptors();
    sockets_.clear();
    settle();
    if (descriptors() + asked_.connections > held) throw std::runtime_error{"the server has not closed all"};
  }

  /// Until the server has nothing to do any more.
  void settle() const {
    const auto limit = now() + settle_limit;
    for (auto before = cpu_time_of(server_); now() < limit;) {
      ::poll(nullptr, 0, settle_milliseconds);
      const auto after = cpu_time_of(server_);
      if (after - before < settled_use) return;
      before = after;
    }
    throw std::runtime_error{"the server does not come to rest"};
  }

  double each(std::int64_t bytes) const { return static_cast<double>(bytes) / static_cast<double>(asked_.connections); }

  std::filesystem::path of_server(const char* name) const {
    return std::filesystem::path{"/proc"} / std::to_string(server_.process) / name;
  }

  std::int64_t resident() const {
    std::ifstream file{of_server("statm")};
    std::int64_t all = 0;
    std::int64_t pages = 0;
    if (!(file >> all >> pages)) throw std::runtime_error{"cannot read the server's resident set"};
    return pages * ::sysconf(_SC_PAGESIZE);
  }

  std::size_t descriptors() const {
    std::size_t count = 0;
    for (const auto& one : std::filesystem::directory_iterator{of_server("fd")}) count += one.path().empty() ? 0 : 1;
    return count;
  }

  double wakeups_a_second() const {
    ::poll(nullptr, 0, rest_milliseconds);
    const auto begin = now();
    const auto before = switches();
    ::poll(nullptr, 0, static_cast<int>(asked_.seconds * 1e3));
    const auto woken = switches() - before;
    return static_cast<double>(woken) / (static_cast<double>(now() - begin) / 1e9);
  }

  /// Who wakes up and sleeps again has left the core by itself.
  std::int64_t switches() const {
    std::int64_t all = 0;
    for (const auto& thread : std::filesystem::directory_iterator{of_server("task")}) {
      std::ifstream file{thread.path() / "status"};
      for (std::string word; file >> word;)
        if (std::int64_t count = 0; word == "voluntary_ctxt_switches:" && file >> count) all += count;
    }
    return all;
  }

  const options asked_;
  const server server_;
  std::vector<descriptor> sockets_;
  std::vector<char> message_ = pattern_of(asked_.size, asked_.size);
};

}  // namespace

std::unique_ptr<work> make_idle(const options& asked, const server& under_load) {
  return std::make_unique<idle>(asked, under_load);
}

}  // namespace load
