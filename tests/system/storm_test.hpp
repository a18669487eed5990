// SPDX-License-Identifier: Apache-2.0
// A storm: processes that spawn, kill, link, watch, name, time and block at random, with destructors in frames,
// messages, arguments and results that do the same. What has to hold in the end: nobody hangs, nothing is left. For the
// tests that run it: with threads, stepped, and in simulation.
//
//   storm::begin();
//   rt.run(storm::fan, rounds);
//   EXPECT_EQ(storm::alive, 0);                                  // after the runtime's end
#pragma once

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>

#include <dialtone/dialtone.hpp>

namespace dialtone::storm {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

inline std::atomic<int> alive;
inline std::atomic<std::uint64_t> board[64];
inline constexpr std::size_t process_limit = 200;
// A storm that feeds itself has to end.
inline std::atomic<int> births_left;
// Of processes, at what real frames reach.
inline std::atomic<bool> limits_memory = true;

inline pid somebody() { return pid::from_value(board[random() % std::size(board)].load(std::memory_order_relaxed)); }

inline exit_reason some_reason() {
  switch (random() % 5) {
    case 0:
      return exit_reason::normal;
    case 1:
      return exit_reason::shutdown;
    case 2:
      return exit_reason::kill;
    case 3:
      return exit_reason::custom_text("storm");
    default:
      return exit_reason::timeout;
  }
}

// Outside of a process, where messages for the dead are destroyed, destructors call nothing.
inline bool in_process() { return detail::this_core != nullptr && detail::this_core->in_process(); }

inline void act();

/// Acts when it is destroyed, some of the time.
struct bomb {
  bomb() { ++alive; }
  bomb(bomb&& other) noexcept : fuse{std::exchange(other.fuse, 0)} { ++alive; }
  bomb& operator=(bomb&&) = delete;
  ~bomb() {
    --alive;
    if (fuse != 0 && in_process() && random() % 4 == 0) act();
  }
  int fuse = 1;
};

struct question {
  reply_to<bomb> reply;
  bomb load;
};

inline thread_local int depth = 0;

}  // namespace dialtone::storm

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::storm::bomb> = true;
template <>
inline constexpr bool dialtone::enable_sendable<dialtone::storm::question> = true;

namespace dialtone::storm {

inline process<> live(bomb, int steps);

inline placement somewhere() {
  switch (random() % 3) {
    case 0:
      return placement::local();
    default:
      return placement::spread();
  }
}

inline void start_one() {
  if (births_left-- <= 0) return;
  spawn_options options{.label = "storm", .scheduler = somewhere(), .mailbox_limit = 1 + random() % 8};
  options.mailbox_overflow = static_cast<mailbox_policy>(random() % 3);
  options.trap_exit = random() % 4 == 0;
  if (random() % 8 == 0) options.name = std::to_string(random() % 16);
  if (limits_memory && random() % 8 == 0) options.memory_limit = 2000 + random() % 4000;
  auto started = try_spawn(options, live, bomb{}, static_cast<int>(random() % 40));
  if (started) board[random() % std::size(board)] = started->value();
}

inline void start_a_timer(bool to_cancel) {
  const std::chrono::milliseconds delay{random() % 5};
  const pid whom = to_cancel && random() % 2 == 0 ? self() : somebody();
  const reference started = send_after(delay, whom, bomb{});
  if (to_cancel) cancel_timer(started);
}

inline void act() {
  if (depth > 3) return;
  ++depth;
  const std::uint64_t chosen = random() % 15;
  switch (chosen) {
    case 0:
    case 1:
      start_one();
      break;
    case 2:
      if (pid other = somebody(); other != self()) exit(other, some_reason());
      break;
    case 3:
      if (pid other = somebody()) link(other);
      break;
    case 4:
      unlink(somebody());
      break;
    case 5:
      if (pid other = somebody()) {
        reference watched = monitor(other);
        if (random() % 2 == 0) demonitor(watched, random() % 2 == 0 ? demonitor_mode::flush : demonitor_mode::keep);
      }
      break;
    case 6:
    case 7:
      send(somebody(), bomb{});
      break;
    case 8:
      send(self(), bomb{});
      break;
    case 9:
    case 10:
      start_a_timer(chosen == 10);
      break;
    case 11:
      (void)try_register_name(std::to_string(random() % 16));
      break;
    case 12:
      unregister_name(std::to_string(random() % 16));
      break;
    case 13:
      trap_exit(random() % 2 == 0);
      break;
    case 14:
      if (auto named = whereis(std::to_string(random() % 16))) send(*named, 1);
      break;
  }
  --depth;
}

struct crowbar : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline task<> step_in();

inline task<bomb> wait_for_bomb(int most) {
  bomb local;
  auto got = co_await receive<bomb>(
      [](const bomb&) {
        if (random() % 16 == 0) throw crowbar{"in a predicate"};
        return random() % 2 == 0;
      },
      after(std::chrono::milliseconds{most}));
  co_return bomb{};
}

inline task<bomb> ask_somebody() {
  pending_reply<bomb> answer{somebody()};
  if (pid server = somebody()) send(server, question{answer.address(), {}});
  auto outcome = co_await answer.within(3ms);
  co_return bomb{};
}

inline task<> serve() {
  auto asked = co_await receive<question, int, down, exited>(after(2ms));
  if (!asked) co_return;
  if (auto* one = std::get_if<question>(&*asked); one != nullptr && random() % 2 == 0) reply(one->reply, bomb{});
}

inline task<bomb> work_elsewhere() {
  bomb local;
  auto result = co_await blocking([load = bomb{}, breaks = random() % 8 == 0]() mutable {
    (void)load;
    if (breaks) throw crowbar{"in the pool"};
    return bomb{};
  });
  co_return std::move(result);
}

inline task<> step_in() {
  bomb local;
  switch (random() % 14) {
    case 0:
      co_await wait_for_bomb(2);
      break;
    case 1:
      co_await sleep_for(std::chrono::milliseconds{random() % 3});
      break;
    case 2:
      co_await yield();
      break;
    case 3:
      co_await race(wait_for_bomb(3), ask_somebody(), work_elsewhere());
      break;
    case 4:
      co_await all(wait_for_bomb(1), serve(), ask_somebody());
      break;
    case 5:
      co_await with_deadline(1ms, ask_somebody());
      break;
    case 6:
      co_await serve();
      break;
    case 7:
      if (random() % 8 == 0) throw crowbar{"in a task"};
      break;
    case 8:
      if (random() % 16 == 0) exit(some_reason());
      break;
    case 9:
      co_await work_elsewhere();
      break;
    case 10:
      co_await race(step_in(), step_in(), serve());
      break;
    case 11:
      (void)co_await receive<down, exited, int>(after(0s));
      break;
    case 12:
      (void)co_await info_of(somebody());
      break;
    case 13:
      if (random() % 64 == 0) (void)co_await all_processes();
      break;
  }
}

inline process<> live(bomb, int steps) {
  bomb local;
  for (int i = 0; i < steps; ++i) {
    act();
    try {
      co_await step_in();
    } catch (const crowbar&) {
      if (random() % 4 == 0) throw;
    }
  }
}

// Keeps the storm going however many die.
inline process<> fan(int rounds) {
  trap_exit();
  for (int i = 0; i < rounds; ++i) {
    for (int k = 0; k < 8; ++k) start_one();
    co_await sleep_for(1ms);
  }
}

inline void begin() {
  for (auto& each : board) each = 0;
  alive = 0;
  births_left = 1000;
}

}  // namespace dialtone::storm
