// SPDX-License-Identifier: Apache-2.0
// The resolver of the operating system, getaddrinfo(3), made fit for processes: it runs on threads of the blocking
// pool, in a worker process for each lookup at a time; equal questions at the same time are one lookup; answers are
// kept for a while; names in the hosts file need neither thread nor wait.
//
//   dt::resolver names = dt::system_resolver();                      // once, in main or at the root of the program
//
// For one runtime at a time, all its schedulers. A lookup cannot be ended before the system ends it, which takes some
// 10 s when name servers are silent: its thread is busy that long, and a runtime that stops waits for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <dialtone/net/resolver.hpp>

namespace dialtone {

struct system_resolver_options {
  /// Read when the resolver is made, and again when it has changed, looked at at most every `hosts_check`. Empty: none.
  /// One larger than hosts_file_limit is left to the system.
  std::string hosts_file = "/etc/hosts";
  duration hosts_check = std::chrono::seconds{5};
  /// The system does not say how long an answer holds. As long as others (the JVM) keep them: a server that has moved
  /// is found again within half a minute, and a name that has just been made soon.
  duration positive_ttl = std::chrono::seconds{30};
  /// Of nxdomain. Other failures are not kept.
  duration negative_ttl = std::chrono::seconds{10};
  /// Answers kept, at most some 300 bytes each, or 2 KiB with 64 addresses; 0: none.
  std::size_t cache_limit = 1'000;
  /// Lookups at once. Half of the pool's threads (runtime_options::blocking_threads), so that silent name servers leave
  /// the others to files and databases.
  std::size_t concurrent_lookups = 8;
  /// Different questions that wait for a lookup; one more is answered `system_limit`.
  std::size_t waiting_limit = 1'000;
  /// The seam of tests: what a lookup does, on a thread of the pool. The system's by default.
  std::function<host_answer(const host_question&)> look_up = nullptr;
};

inline constexpr std::size_t hosts_file_limit = std::size_t{1} << 20;
/// Of one host; nobody tries more, and whoever owns a name could fill the cache with them.
inline constexpr std::size_t host_address_limit = 64;
/// Who wait for the same lookup; one more is answered `system_limit`.
inline constexpr std::size_t lookup_waiter_limit = 10'000;

resolver system_resolver(system_resolver_options options = {});

}  // namespace dialtone
