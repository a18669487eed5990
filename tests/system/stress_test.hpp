// SPDX-License-Identifier: Apache-2.0
// Processes that do at random whatever processes can do to each other, on any number of schedulers, for the tests that
// run them: with threads, stepped, and in simulation. What must hold:
// - a monitor fires exactly once, or not at all after its demonitor;
// - at the end no link, monitor or watcher is left at those who live on, no name, no process, no message, no frame.
//
//   stress::here.begin(schedulers);
//   rt.run(stress::director, seed, 50ms);
//   EXPECT_EQ(stress::frames, 0);
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include <dialtone/dialtone.hpp>

namespace dialtone::stress {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using detail::random_bits;

inline std::atomic<int> frames;
inline std::atomic<int> parcels;

// Counts the objects of a kind, wherever they are: in frames, in messages, in starts on their way.
template <std::atomic<int>& Count>
class counted {
 public:
  counted() { ++Count; }
  counted(counted&&) noexcept { ++Count; }
  counted& operator=(counted&&) = delete;
  ~counted() { --Count; }
};
using certificate = counted<frames>;

struct parcel {
  counted<parcels> content;
  std::string text;
};
struct question {
  reply_to<int> reply;
};
struct wind_up {
  pid asker;
};
struct wound_up {};

}  // namespace dialtone::stress

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::stress::certificate> = true;
template <>
inline constexpr bool dialtone::enable_sendable<dialtone::stress::counted<dialtone::stress::parcels>> = true;

namespace dialtone::stress {

inline constexpr int mortal_limit = 48;
inline constexpr int most_frames = 150;
inline constexpr std::uint32_t survivor_count = 4;

// Whom the actors know. Pids of the dead stay in it until they are replaced: what is done to the dead is to be tried
// too.
struct world {
  std::array<std::atomic<std::uint64_t>, mortal_limit> mortals{};
  std::array<std::atomic<std::uint64_t>, survivor_count> survivors{};
  std::atomic<bool> stopping = false;
  std::atomic<long> deeds = 0;
  std::atomic<long> fired = 0;
  std::uint32_t schedulers = 1;

  void begin(std::uint32_t count) {
    for (auto& each : mortals) each = 0;
    for (auto& each : survivors) each = 0;
    stopping = false;
    deeds = fired = 0;
    schedulers = count;
  }
  pid some_mortal(random_bits& bits) const { return pid::from_value(mortals[bits.below(mortal_limit)]); }
  pid anybody(random_bits& bits) const {
    if (bits.below(4) != 0) return some_mortal(bits);
    return pid::from_value(survivors[bits.below(survivor_count)]);
  }
  bool is_survivor(pid process) const {
    return std::ranges::any_of(survivors, [&](auto& each) { return each == process.value(); });
  }
};
inline world here;

struct watching {
  reference name;
  pid target;
};

// What one actor knows of its own.
struct actor_state {
  random_bits bits;
  bool survives;
  std::vector<watching> monitors;
  std::vector<reference> timers;
};

inline process<> actor(certificate, std::uint64_t seed, bool survives);

inline exit_reason some_reason(random_bits& bits) {
  switch (bits.below(5)) {
    case 0:
      return exit_reason::normal;
    case 1:
      return exit_reason::shutdown;
    case 2:
      return exit_reason::kill;
    default:
      return exit_reason::custom_text("by chance");
  }
}

inline spawn_options some_options(random_bits& bits) {
  spawn_options options;
  std::uint32_t where = bits.below(4);
  if (where == 1) options.scheduler = placement::spread();
  if (where >= 2) options.scheduler = placement::on(bits.below(here.schedulers));
  options.trap_exit = bits.below(2) == 0;
  return options;
}

inline void watch_it(actor_state& self_state, pid target) {
  if (self_state.monitors.size() < 20) self_state.monitors.push_back({monitor(target), target});
}

inline void have_a_child(actor_state& mine) {
  if (frames > most_frames) return;
  spawn_options options = some_options(mine.bits);
  std::uint64_t seed = mine.bits.next();
  pid child;
  switch (mine.bits.below(3)) {
    case 0:
      child = spawn(options, actor, certificate{}, seed, false);
      break;
    case 1:
      child = spawn_link(options, actor, certificate{}, seed, false);
      break;
    default: {
      auto started = spawn_monitor(options, actor, certificate{}, seed, false);
      child = started.pid;
      mine.monitors.push_back({started.reference, child});
    }
  }
  here.mortals[mine.bits.below(mortal_limit)] = child.value();
  if (mine.bits.below(4) == 0) unlink(child);
  if (mine.bits.below(8) == 0) exit(child, some_reason(mine.bits));
}

// With `keep`, the down of a monitor that has fired must still be in the mailbox: it is waited for as before.
inline void end_a_monitor(actor_state& mine) {
  if (mine.monitors.empty()) return;
  std::size_t index = mine.bits.below(static_cast<std::uint32_t>(mine.monitors.size()));
  bool flush = mine.bits.below(2) == 0;
  bool active = demonitor(mine.monitors[index].name, flush ? demonitor_mode::flush : demonitor_mode::keep);
  if (active || flush) mine.monitors.erase(mine.monitors.begin() + static_cast<std::ptrdiff_t>(index));
}

inline void use_a_name(random_bits& bits) {
  std::string name = "name " + std::to_string(bits.below(8));
  switch (bits.below(3)) {
    case 0:
      (void)try_register_name(name);
      break;
    case 1:
      unregister_name(name);
      break;
    default:
      if (auto found = whereis(name)) send(*found, parcel{.content = {}, .text = name});
  }
}

inline void use_a_timer(actor_state& mine) {
  if (mine.timers.size() < 4) {
    duration delay = std::chrono::microseconds{mine.bits.below(3000)};
    mine.timers.push_back(send_after(delay, here.anybody(mine.bits), parcel{.content = {}, .text = {}}));
  } else {
    cancel_timer(mine.timers.back());
    mine.timers.pop_back();
  }
}

inline void kill_it(pid victim, random_bits& bits) { exit(victim, some_reason(bits)); }

inline void give_a_parcel(pid whom, random_bits& bits) {
  send(whom, parcel{.content = {}, .text = std::string(bits.below(40), 'x')});
}

inline void act(actor_state& mine) {
  random_bits& bits = mine.bits;
  ++here.deeds;
  switch (bits.below(16)) {
    case 0:
    case 1:
      return have_a_child(mine);
    case 2:
    case 3:
      return link(here.anybody(bits));
    case 4:
    case 5:
      return unlink(here.anybody(bits));
    case 6:
    case 7:
      return watch_it(mine, here.anybody(bits));
    case 8:
      return end_a_monitor(mine);
    case 9:
      return use_a_name(bits);
    case 10:
      return use_a_timer(mine);
    case 11:
      return kill_it(here.some_mortal(bits), bits);
    case 12: {
      if (pid other = here.anybody(bits); !here.is_survivor(other)) return kill_it(other, bits);
      return;
    }
    default:
      for (std::uint32_t count = bits.below(6); count > 0; --count) give_a_parcel(here.anybody(bits), bits);
  }
}

// Links and unlinks with one partner in quick succession, where crossing signals are most likely.
inline void quarrel(random_bits& bits) {
  pid other = here.anybody(bits);
  for (std::uint32_t round = bits.below(6); round > 0; --round) {
    link(other);
    if (bits.below(2) == 0) unlink(other);
  }
}

inline task<> ask(pid whom) {
  pending_reply<int> answer{whom};
  send(whom, question{answer.address()});
  (void)co_await answer.within(1ms);
}

inline task<> ask_in_vain(pid whom) {
  pending_reply<int> answer;
  send(whom, question{answer.address()});
  (void)co_await answer.within(1h);
}

inline task<> rest() { co_await sleep_for(1ms); }

inline task<> work_outside() {
  co_await blocking([] { return 1; });
}

inline task<> wait_somehow(random_bits& bits) {
  switch (bits.below(12)) {
    case 0:
      co_await ask(here.anybody(bits));
      break;
    case 1:
      co_await with_deadline(500us, ask_in_vain(here.anybody(bits)));
      break;
    case 2:
      co_await race(rest(), ask(here.anybody(bits)), work_outside());
      break;
    case 3:
      co_await all(rest(), work_outside());
      break;
    case 4:
      co_await sleep_for(std::chrono::microseconds{bits.below(1500)});
      break;
    default:
      co_await yield();
  }
}

inline void note(actor_state& mine, const down& fired) {
  ++here.fired;
  auto found = std::ranges::find(mine.monitors, fired.reference, &watching::name);
  if (found == mine.monitors.end()) {
    ADD_FAILURE() << "a monitor fired twice, or after it was ended: " << to_string(fired.reference);
    return;
  }
  EXPECT_EQ(found->target, fired.pid);
  mine.monitors.erase(found);
}

// Takes what is in the mailbox; false when the actor is to wind up.
inline task<bool> take_messages(actor_state& mine, duration patience) {
  for (;;) {
    auto some = co_await receive<parcel, question, down, exited, wind_up>(after(patience));
    if (!some) co_return true;
    if (auto* asked = std::get_if<question>(&*some); asked != nullptr && mine.bits.below(2) == 0)
      reply(asked->reply, 1);
    if (auto* fired = std::get_if<down>(&*some)) note(mine, *fired);
    if (auto* last = std::get_if<wind_up>(&*some)) {
      send(last->asker, wound_up{});
      co_return false;
    }
    patience = 0s;
  }
}

// The end of one who lives on: who was mortal has died, so each monitor of those has fired, and those of the others
// have not.
inline task<> finish(actor_state& mine) {
  for (reference timer : mine.timers) cancel_timer(timer);
  for (auto& each : here.survivors) unlink(pid::from_value(each));
  std::erase_if(mine.monitors,
                [](const watching& each) { return here.is_survivor(each.target) && demonitor(each.name); });
  while (!mine.monitors.empty()) {
    auto fired = co_await receive<down>(after(20s));
    if (!fired) {
      ADD_FAILURE() << "a monitor of " << to_string(mine.monitors.front().target) << " has not fired";
      break;
    }
    note(mine, *fired);
  }
  for (const std::string& name : registered_names()) unregister_name(name);
}

inline process<> actor(certificate, std::uint64_t seed, bool survives) {
  actor_state mine{random_bits{seed}, survives, {}, {}};
  std::uint32_t lifetime = mine.bits.below(60);
  for (std::uint32_t age = 0; survives || (age < lifetime && !here.stopping); ++age) {
    if (!here.stopping) {
      for (std::uint32_t deeds = mine.bits.below(4); deeds > 0; --deeds) act(mine);
      if (mine.bits.below(2) == 0) quarrel(mine.bits);
      co_await wait_somehow(mine.bits);
    }
    duration patience = here.stopping ? duration{1ms} : duration{std::chrono::microseconds{mine.bits.below(1000)}};
    if (!co_await take_messages(mine, patience)) break;
  }
  if (survives) {
    co_await finish(mine);
    while (!here.stopping || co_await take_messages(mine, 1ms)) continue;
    co_return;
  }
  if (mine.bits.below(3) == 0) throw std::runtime_error{"by chance"};
  if (mine.bits.below(3) == 0) exit(some_reason(mine.bits));
}

// Up to some ten seconds of looks.
template <class Condition>
inline task<bool> eventually(Condition condition) {
  for (int look = 0; look < 10'000; ++look) {
    if (co_await condition()) co_return true;
    co_await sleep_for(1ms);
  }
  co_return false;
}

inline task<bool> only_survivors_are_left() {
  for (pid each : co_await all_processes())
    if (each != self() && !here.is_survivor(each)) exit(each, exit_reason::kill);
  co_return frames == static_cast<int>(survivor_count) && process_count() == survivor_count + 1;
}

// No relation is left, but for those that are hidden: an end of a link that waits for the other side.
inline task<bool> nobody_is_related() {
  for (auto& each : here.survivors) {
    auto about = co_await info_of(pid::from_value(each));
    if (!about || about->links != 0 || about->monitors != 0 || about->monitored_by != 0) co_return false;
  }
  co_return true;
}

inline task<bool> no_parcel_is_left() { co_return parcels == 0; }
inline task<bool> nobody_else_is_left() { co_return frames == 0 && process_count() == 1; }

inline task<> tell_survivors_to_wind_up() {
  for (auto& each : here.survivors) send(pid::from_value(each), wind_up{self()});
  for (std::uint32_t count = 0; count < survivor_count; ++count) co_await receive<wound_up>();
}

inline process<> director(std::uint64_t seed, duration time) {
  random_bits bits{seed};
  std::size_t before = process_count();
  for (std::uint32_t each = 0; each < survivor_count; ++each) {
    spawn_options where{.scheduler = placement::on(each % here.schedulers), .trap_exit = true};
    here.survivors[each] = spawn(where, actor, certificate{}, bits.next(), true).value();
  }
  for (time_point end = now() + time; now() < end; co_await sleep_for(1ms)) {
    for (auto& each : here.mortals)
      if (frames < mortal_limit) each = spawn(some_options(bits), actor, certificate{}, bits.next(), false).value();
  }
  here.stopping = true;
  EXPECT_TRUE(co_await eventually(only_survivors_are_left)) << frames << " frames, " << process_count() << " processes";
  co_await tell_survivors_to_wind_up();
  EXPECT_TRUE(co_await eventually(nobody_is_related)) << "a link, a monitor or a watcher is left behind";
  EXPECT_TRUE(co_await eventually(no_parcel_is_left)) << parcels << " messages are left behind";
  EXPECT_EQ(registered_names(), std::vector<std::string>{});
  co_await tell_survivors_to_wind_up();
  EXPECT_TRUE(co_await eventually(nobody_else_is_left)) << frames << " frames, " << process_count() << " processes";
  EXPECT_EQ(process_count(), before);
}

}  // namespace dialtone::stress
