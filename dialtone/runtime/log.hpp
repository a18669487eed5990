// SPDX-License-Identifier: Apache-2.0
// The log of a runtime: a bounded queue in front of a sink of spdlog. Any thread may call any member at any time,
// except that a sink must not call `flush`.
//
// A writer never waits for the sink. It puts its record into the queue and, if nobody empties the queue at the time,
// asks for somebody who does; what finds the queue full is dropped and counted, and a line in its place says how many
// there were. The queue has neither a thread nor a clock of its own: the runtime lends its threads for blocking work, a
// simulation runs the work inline.
//
// A line of the default sink (UTC; `source` is the pid and, if it has one, the name of the process):
//
//   line = "2025-03-01T12:00:00.000Z [error] <0.17.2> cache: text"
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog::sinks {
class sink;
}

namespace dialtone {

enum class log_level : std::uint8_t { debug, info, warning, error, critical, off };

using wall_time = std::chrono::system_clock::time_point;

struct log_options {
  /// Records, in the queue and on their way to the sink: some 2 MB of usual ones, a burst of a second for a fast sink.
  std::size_t capacity = 8192;
  log_level level = log_level::info;
  /// Null stands for make_stderr_log_sink(). Only one thread at a time calls it, from the work below.
  std::shared_ptr<spdlog::sinks::sink> sink;
  /// Runs what it is given, soon, on a thread that may block, or inline. Must not be empty and must not throw. Work
  /// that it never runs is done by the next `flush`.
  std::function<void(std::function<void()>)> run_in_background;
  /// Must not be empty; called by the writers.
  std::function<wall_time()> wall_clock;
};

/// Who writes: a process with its pid and name, or nobody (the runtime itself).
struct log_source {
  std::string_view pid;
  std::string_view name;
};

/// What a sink made by `make_log_sink` gets; the views live as long as the call.
struct log_line {
  wall_time time;
  log_level level;
  std::string_view source;
  std::string_view text;
};

/// Coloured lines on standard error, as above; for a sink around it.
std::shared_ptr<spdlog::sinks::sink> make_stderr_log_sink();

/// A sink of spdlog that hands each line to a function. If the function throws, the line counts as lost.
std::shared_ptr<spdlog::sinks::sink> make_log_sink(std::function<void(const log_line&)> handle_line);

class log_queue {
 public:
  /// A longer text is cut: with a full queue the log then still fits into half a gigabyte.
  static constexpr std::size_t text_limit = 64 * 1024;

  explicit log_queue(log_options options);
  log_queue(const log_queue&) = delete;
  log_queue& operator=(const log_queue&) = delete;
  /// Writes out what is queued. Nobody may call another member meanwhile.
  ~log_queue();

  /// Whether a record of this level is written; asked before a costly text is made.
  bool enabled(log_level level) const { return level >= level_.load(std::memory_order_relaxed); }
  void set_level(log_level level) { level_.store(level, std::memory_order_relaxed); }

  /// Never blocks, unless `run_in_background` runs inline.
  void write(log_level level, log_source source, std::string text);

  /// Returns once everything that was written before is out, or dropped. Blocks.
  void flush();

  /// How many records were dropped because the queue was full.
  std::uint64_t dropped() const;

  /// How many records the sink refused with an exception.
  std::uint64_t lost() const;

 private:
  class state;

  std::atomic<log_level> level_;
  // Shared with the work in the background, which may be run after the queue is gone.
  std::shared_ptr<state> state_;
};

}  // namespace dialtone
