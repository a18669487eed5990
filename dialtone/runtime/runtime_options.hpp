// SPDX-License-Identifier: Apache-2.0
// The options of a runtime, with their defaults and the reasons for them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <dialtone/base/time.hpp>
#include <dialtone/io/clock.hpp>
#include <dialtone/io/driver.hpp>
#include <dialtone/io/driver_choice.hpp>
#include <dialtone/runtime/fault_source.hpp>
#include <dialtone/runtime/log.hpp>
#include <dialtone/runtime/run_queue.hpp>

namespace dialtone {

class resolver_source;  // of the room net

/// Where threads come from, and whether there are any: the seam of tests and simulation.
enum class threading : std::uint8_t {
  real,     ///< a thread for each scheduler, for the watchdog, and for blocking work
  stepped,  ///< none: runtime::step runs everything on the calling thread, blocking work included
};

struct runtime_options {
  /// 0: one for each processor that the process may use (affinity and cgroup quota). At most 255.
  std::uint32_t schedulers = 0;
  /// Binds each scheduler's thread to one processor.
  bool pin_threads = false;
  /// Processes alive at once, at least 1. 8 million at 256 bytes are 2 GiB: a leak of processes ends in errors, not in
  /// swap. Exact below a million; above, each scheduler may keep up to 1,280 for itself.
  std::uint64_t process_limit = 8'388'608;
  /// Messages of users in one mailbox before its senders are held. 65,536 small messages are some 4 MiB and some
  /// milliseconds of work: a receiver that is further behind will not catch up by waiting. Four times as many, and the
  /// receiver's mailbox_policy applies.
  std::size_t mailbox_limit = 65'536;
  /// Bytes of frames and queued messages of all processes above which spawns fail. No limit: the machine's is known
  /// better to who deploys.
  std::size_t memory_limit = std::size_t(-1);
  /// Threads for blocking work at most, started when needed; and how many functions may wait for one.
  std::uint32_t blocking_threads = 16;
  std::size_t blocking_queue_limit = 10'000;
  /// A process that runs longer than this without an await is reported (event dialtone.scheduler.long_schedule and the
  /// log). Zero: no watchdog.
  duration long_schedule = std::chrono::milliseconds{25};
  /// How long stop() waits for processes that trap exits before it kills them.
  duration stop_timeout = std::chrono::seconds{5};
  /// SIGTERM and SIGINT stop the runtime in order instead of ending the program.
  bool handle_signals = false;
  /// How schedulers wait for the network. The environment variable DIALTONE_IO (auto, uring, epoll) says otherwise
  /// when it is set; the log's first line says which it is. Epoll works everywhere. For a flag: io::take_driver_flag.
  io::driver_choice driver = io::driver_choice::epoll;
  /// Of random(); 0 takes one from the system.
  std::uint64_t seed = 0;
  /// Before a scheduler that has heard from others lately goes to sleep, it looks for more for this long: a wake-up
  /// costs more. Only where each scheduler has a processor of its own. An idle runtime does not spin.
  duration spin = std::chrono::microseconds{20};

  /// What is below it is not written.
  log_level level = log_level::info;
  /// Where the log goes; standard error by default.
  std::shared_ptr<spdlog::sinks::sink> log_sink = nullptr;

  // The seams.
  threading threads = threading::real;
  io::clock* clock = nullptr;  // the system's by default; outlives the runtime
  /// How long a function of blocking() takes on that clock: it runs when the time is over. Inline at once by default;
  /// stepped runtimes only.
  std::function<duration()> blocking_cost = nullptr;
  ready_chooser* chooser = nullptr;  // first in, first out by default; outlives the runtime; stepped runtimes only
  fault_source* faults = nullptr;    // none happen by default; outlives the runtime; stepped runtimes only
  std::function<std::unique_ptr<io::driver>()> make_driver = nullptr;  // instead of `driver`
  /// What answers where a name is resolved and no resolver is given (default_resolver). The system by default.
  std::shared_ptr<resolver_source> names = nullptr;
};

}  // namespace dialtone
