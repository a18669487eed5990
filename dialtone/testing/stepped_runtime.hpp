// SPDX-License-Identifier: Apache-2.0
// A runtime for tests: no thread, no kernel, a virtual clock. Everything runs on the calling thread, in an order that
// is first in, first out, or drawn from a seed; time moves only when the test moves it, or, within run() and call(),
// when nothing else is left to do.
//
//   testing::stepped_runtime rt;
//   EXPECT_EQ(rt.run(scenario), exit_reason::normal);
//
//   testing::stepped_runtime shuffled{{.schedulers = 2, .seed = 42, .shuffle = true}};
//   dt::pid server = shuffled.spawn(serve);
//   shuffled.advance(5s);
#pragma once

#include <vector>

#include <dialtone/runtime/random_bits.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/testing/no_driver.hpp>
#include <dialtone/testing/virtual_clock.hpp>

namespace dialtone::testing {

/// Picks ready processes at random, and lets signals between schedulers wait for some turns; the same seed, the same
/// order.
class seeded_order final : public ready_chooser {
 public:
  explicit seeded_order(std::uint64_t seed) : bits_{seed} {}
  std::size_t choose(std::size_t count) override { return bits_.below(static_cast<std::uint32_t>(count)); }
  bool delays_arrivals() override { return bits_.below(2) == 0; }

 private:
  dialtone::detail::random_bits bits_;
};

struct stepped_options {
  std::uint32_t schedulers = 1;
  std::uint64_t seed = 1;
  /// Draws from the seed the order of ready processes, and when a scheduler takes what others have sent.
  bool shuffle = false;
  /// What else the runtime shall be; seams, seed and schedulers are set from the above. Without a make_driver there is
  /// no network; that of a memory::network gives it one.
  runtime_options runtime = {};
};

class stepped_runtime {
 public:
  explicit stepped_runtime(stepped_options options = {});

  /// As runtime::spawn; the process runs when the runtime is stepped.
  template <class... Arguments>
  pid spawn(Arguments&&... arguments) {
    return runtime_.spawn(std::forward<Arguments>(arguments)...);
  }
  template <class Function, class... Arguments>
  pid spawn(const spawn_options& options, Function function, Arguments&&... arguments) {
    return runtime_.spawn(options, function, std::forward<Arguments>(arguments)...);
  }
  /// Runs a process to its end. Throws std::logic_error when it waits for what will never come; it is killed first.
  template <class... Arguments>
  exit_reason run(Arguments&&... arguments) {
    return runtime_.run(std::forward<Arguments>(arguments)...);
  }
  template <class Function, class... Arguments>
  exit_reason run(const spawn_options& options, Function function, Arguments&&... arguments) {
    return runtime_.run(options, function, std::forward<Arguments>(arguments)...);
  }
  /// Runs a task to its result, as runtime::call; throws as run, and exit_exception when the task ends without one.
  template <class... Arguments>
  auto call(Arguments&&... arguments) {
    return runtime_.call(std::forward<Arguments>(arguments)...);
  }

  /// Runs until nothing is left to do at the present time.
  void settle() { runtime_.run_until_idle(); }
  /// Moves time on by `time`, timer by timer, and settles after each.
  void advance(duration time);

  runtime& operator*() { return runtime_; }
  runtime* operator->() { return &runtime_; }
  virtual_clock& clock() { return clock_; }
  /// What has been logged.
  const std::vector<std::string>& log() const { return log_; }

 private:
  runtime_options prepare(stepped_options options);

  virtual_clock clock_;
  seeded_order order_;
  std::vector<std::string> log_;
  runtime runtime_;
};

}  // namespace dialtone::testing
