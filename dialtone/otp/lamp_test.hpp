// SPDX-License-Identifier: Apache-2.0
// A gen_statem for tests: it writes down all that happens to it, and does what a letter asks for.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/otp/gen_statem.hpp>
#include <dialtone/otp/sys.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing {

using strings = std::vector<std::string>;

enum class light { red, green, blue };
inline std::string name_of(light color) {
  return color == light::red ? "red" : color == light::green ? "green" : "blue";
}

class lamp;
// What a letter asks for: a plain function, which shares nothing.
struct steps {
  steps() = default;
  template <class Function>
  steps(Function function) : run{+function} {}  // NOLINT(google-explicit-constructor)
  void (*run)(lamp& machine) = nullptr;
};

}  // namespace dialtone::testing

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::testing::steps> = true;

namespace dialtone::testing {

// Writes down all that happens to it; what it shall do with a letter is told in the letter.
class lamp : public gen_statem<lamp, light> {
 public:
  struct letter {
    std::string name;
    steps does = {};
  };
  struct written {
    using reply = strings;
  };
  struct ask {
    using reply = int;
    bool postponed_in_red = false;
  };
  struct ask_later {
    using reply = int;
  };
  struct inner {
    std::string name;
  };
  struct hint {
    std::string name;
  };
  using infos = messages<hint>;

  lamp() : gen_statem{light::red} {}

  void handle_enter(light now, light before) {
    note("enter " + name_of(now) + " from " + name_of(before));
    if (on_enter != nullptr) on_enter(*this);
  }
  void handle_event(light now, const letter& told) {
    note(name_of(now) + " " + told.name);
    if (told.does.run != nullptr) told.does.run(*this);
  }
  void handle_event(light now, const inner& told) { note(name_of(now) + " inner " + told.name); }
  void handle_event(light now, const hint& told) { note(name_of(now) + " hint " + told.name); }
  void handle_event(light now, const state_timeout&) { note(name_of(now) + " state_timeout"); }
  void handle_event(light now, const event_timeout&) { note(name_of(now) + " event_timeout"); }
  void handle_event(light now, const named_timeout& over) { note(name_of(now) + " timeout " + over.name); }
  strings handle_event(light, const written&) { return notes; }
  int handle_event(light now, const ask& asked) {
    if (now == light::red && asked.postponed_in_red) postpone();
    return static_cast<int>(now);
  }
  void handle_event(light, const ask_later&, reply_to<int> from) { waiting = from; }
  void terminate(exit_reason reason) { ended = to_string(reason); }
  std::string format_status() const { return name_of(state()); }

  void note(std::string what) { notes.push_back(std::move(what)); }

  // What the letters may do.
  using gen_server::stop;
  using gen_statem::cancel_event_timeout;
  using gen_statem::cancel_state_timeout;
  using gen_statem::cancel_timeout;
  using gen_statem::next_event;
  using gen_statem::next_state;
  using gen_statem::postpone;
  using gen_statem::repeat_state;
  using gen_statem::set_event_timeout;
  using gen_statem::set_state_timeout;
  using gen_statem::set_timeout;
  using gen_statem::state;
  using gen_statem::update_event_timeout;
  using gen_statem::update_state_timeout;
  using gen_statem::update_timeout;

  strings notes;
  void (*on_enter)(lamp& machine) = nullptr;
  std::optional<reply_to<int>> waiting;
  std::string ended;
};

inline void to_green(lamp& machine) { machine.next_state(light::green); }
inline void to_red(lamp& machine) { machine.next_state(light::red); }
inline void wait(lamp& machine) {
  if (machine.state() == light::red) machine.postpone();
}

inline task<strings> written(server<lamp> machine) { co_return co_await machine.call(lamp::written{}); }

/// Runs a scenario with a lamp of its own.
class with_lamp : public ::testing::Test {
 protected:
  void run(process<> (*scenario)(server<lamp>)) {
    auto machine = rt.call([]() -> task<server<lamp>> { co_return co_await start<lamp>(); });
    EXPECT_EQ(rt.run(scenario, machine), exit_reason::normal);
  }
  testing::stepped_runtime rt;
};

}  // namespace dialtone::testing
