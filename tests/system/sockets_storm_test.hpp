// SPDX-License-Identifier: Apache-2.0
// What the storms of sockets share: what is drawn from the seed, who is known to all, and the quiet afterwards.
//
// SOCKET_STORM_SEED: the first seed; SOCKET_STORM_ROUNDS: how many. A failure prints its own.
#pragma once

#include "sockets_test.hpp"

#include <array>
#include <atomic>
#include <cstdlib>

#include <dialtone/dialtone.hpp>

namespace dialtone::storms {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// What anybody may do something to, by its value.
using known = std::array<std::atomic<std::uint64_t>, 32>;
/// Of the machines that there are: a pid of one means nothing on another.
inline std::array<known, 2> known_processes_of;
inline known known_sockets;
/// Which one the caller runs on.
inline std::size_t (*machine)() = [] { return std::size_t{0}; };
inline known& known_processes() { return known_processes_of.at(machine()); }

inline int below(int limit) { return static_cast<int>(random() % static_cast<std::uint64_t>(limit)); }
inline bool one_in(int count) { return below(count) == 0; }
inline std::chrono::milliseconds soon() { return std::chrono::milliseconds{below(4)}; }
template <class Table>
auto& any_of_table(Table& table) {
  return table[static_cast<std::size_t>(below(static_cast<int>(table.size())))];
}
inline pid somebody() { return pid::from_value(any_of_table(known_processes())); }
inline reference something() { return reference::from_value(any_of_table(known_sockets)); }
inline active some_mode() {
  constexpr active all[] = {active::passive, active::once, active::always, active::count(3)};
  return all[below(4)];
}

inline void kill_somebody() {
  const pid whom = somebody();
  exit(whom, one_in(2) ? exit_reason::kill : exit_reason::shutdown);
}

inline task<> watch_something() {
  const reference watch = net::monitor(something());
  static_cast<void>(co_await receive<net::socket_down>(after(soon())));
  if (one_in(2)) net::demonitor(watch);
}

// --- the quiet afterwards ---

inline task<> end_all_others() {
  while (process_count() > 1) {
    for (const pid each : co_await all_processes())
      if (each != self()) exit(each, exit_reason::kill);
    co_await yield();
  }
}

/// What is still to be sent goes, or is refused by a peer that is gone too.
inline task<int> descriptors_at_rest(int wanted) {
  const time_point last = after_delay(now(), 10s);
  while (open_descriptors() != wanted && now() < last) co_await sleep_for(1ms);
  co_return open_descriptors();
}

/// All others die; then there is no socket, and as many descriptors as before.
inline task<> expect_quiet(int descriptors) {
  co_await end_all_others();
  EXPECT_EQ(co_await descriptors_at_rest(descriptors), descriptors);
  const auto left = co_await net::info();
  EXPECT_TRUE(left.empty()) << to_string(left);
}

// --- rounds ---

inline int number_of(const char* variable, int otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted == nullptr ? otherwise : std::atoi(wanted);
}

inline process<> nothing() { co_return; }

/// A storm for each seed, in a runtime of its own: a process that is given the count of open descriptors.
inline void rounds(io::driver_choice driver, std::uint32_t schedulers, process<> (*storm)(int descriptors)) {
  const int first = number_of("SOCKET_STORM_SEED", 1);
  for (int seed = first; seed < first + number_of("SOCKET_STORM_ROUNDS", 3); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    for (auto& each : known_processes()) each = 0;
    for (auto& each : known_sockets) each = 0;
    const int before = open_descriptors();
    {
      runtime rt{{.schedulers = schedulers,
                  .driver = driver,
                  .seed = static_cast<std::uint64_t>(seed),
                  .level = log_level::off}};
      rt.run(nothing);
      EXPECT_EQ(rt.run(storm, open_descriptors()), exit_reason::normal);
    }
    EXPECT_EQ(open_descriptors(), before);
  }
}

}  // namespace dialtone::storms
