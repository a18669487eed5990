// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/log.hpp>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <dialtone/base/assert.hpp>
#include <dialtone/runtime/thrown.hpp>

namespace dialtone {

namespace {

// How many records leave the queue under one lock, and reach the sink before it is flushed.
constexpr std::size_t chunk_size = 64;

constexpr std::string_view own_source = "dialtone";

spdlog::level::level_enum level_for_spdlog(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
    case log_level::critical:
      return spdlog::level::critical;
    case log_level::off:
      break;
  }
  return spdlog::level::off;
}

log_level level_of_spdlog(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return log_level::debug;
    case spdlog::level::info:
      return log_level::info;
    case spdlog::level::warn:
      return log_level::warning;
    case spdlog::level::err:
      return log_level::error;
    default:
      return log_level::critical;
  }
}

class function_sink final : public spdlog::sinks::sink {
 public:
  explicit function_sink(std::function<void(const log_line&)> handle_line) : handle_line_(std::move(handle_line)) {}

  void log(const spdlog::details::log_msg& message) override {
    handle_line_({.time = std::chrono::time_point_cast<wall_time::duration>(message.time),
                  .level = level_of_spdlog(message.level),
                  .source = {message.logger_name.data(), message.logger_name.size()},
                  .text = {message.payload.data(), message.payload.size()}});
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  std::function<void(const log_line&)> handle_line_;
};

std::string text_of(log_source source) {
  if (source.pid.empty() && source.name.empty()) return std::string(own_source);
  if (source.name.empty()) return std::string(source.pid);
  if (source.pid.empty()) return std::string(source.name);
  return fmt::format("{} {}", source.pid, source.name);
}

void cut(std::string& text) {
  if (text.size() <= log_queue::text_limit) return;
  const std::size_t beyond = text.size() - log_queue::text_limit;
  text.resize(log_queue::text_limit);
  text += fmt::format(" [{} more bytes]", beyond);
}

// Records that were dropped in a row, and when the last of them was written.
struct gap {
  std::uint64_t count = 0;
  wall_time time{};
};

struct log_record {
  wall_time time;
  log_level level;
  std::string source;
  std::string text;
  gap before;
};

// The side of the sink; only one thread at a time is in it.
class log_writer {
 public:
  explicit log_writer(std::shared_ptr<spdlog::sinks::sink> sink) : sink_(std::move(sink)) {}

  void write(const log_record& record) {
    write_gap(record.before);
    write_losses(record.time);
    try {
      write_line(record.time, record.level, record.source, record.text);
    } catch (...) {
      note_loss(std::string{detail::thrown{}.in_words()});
    }
  }

  void write_gap(const gap& dropped) {
    if (dropped.count == 0) return;
    const auto text = fmt::format("{} log records were dropped because the queue was full", dropped.count);
    try_line(dropped.time, text);
  }

  void flush() {
    try {
      sink_->flush();
    } catch (...) {
      return;  // a sink that cannot flush says so at the next line too, and that one is counted
    }
  }

  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  void write_line(wall_time time, log_level level, std::string_view source, std::string_view text) {
    const auto its_level = level_for_spdlog(level);
    if (!sink_->should_log(its_level)) return;
    sink_->log({time, spdlog::source_loc{}, {source.data(), source.size()}, its_level, {text.data(), text.size()}});
  }

  // A line of our own, which nobody misses if the sink refuses it.
  bool try_line(wall_time time, std::string_view text) {
    try {
      write_line(time, log_level::warning, own_source, text);
      return true;
    } catch (...) {
      return false;
    }
  }

  // A full disk must end neither the thread that was lent to us nor the process, so the loss is told once it is over.
  void note_loss(std::string reason) {
    ++unreported_;
    lost_.fetch_add(1, std::memory_order_relaxed);
    reason_ = std::move(reason);
  }

  void write_losses(wall_time time) {
    if (unreported_ == 0) return;
    if (try_line(time, fmt::format("{} log records were lost: {}", unreported_, reason_))) unreported_ = 0;
  }

  std::shared_ptr<spdlog::sinks::sink> sink_;
  std::atomic<std::uint64_t> lost_ = 0;
  std::uint64_t unreported_ = 0;
  std::string reason_;
};

}  // namespace

std::shared_ptr<spdlog::sinks::sink> make_stderr_log_sink() {
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ [%^%l%$] %n: %v",
                                                                  spdlog::pattern_time_type::utc));
  return sink;
}

std::shared_ptr<spdlog::sinks::sink> make_log_sink(std::function<void(const log_line&)> handle_line) {
  return std::make_shared<function_sink>(std::move(handle_line));
}

class log_queue::state : public std::enable_shared_from_this<log_queue::state> {
 public:
  explicit state(log_options options)
      : options_(std::move(options)), writer_(options_.sink ? options_.sink : make_stderr_log_sink()) {
    DIALTONE_ASSERT(options_.capacity > 0, "a log queue needs room for one record");
    DIALTONE_ASSERT(options_.run_in_background != nullptr, "a log queue needs somebody to run its work");
    DIALTONE_ASSERT(options_.wall_clock != nullptr, "a log queue needs a clock");
  }

  void write(log_level level, log_source source, std::string text) {
    cut(text);
    log_record record{options_.wall_clock(), level, text_of(source), std::move(text), {}};
    if (push(std::move(record))) options_.run_in_background([self = shared_from_this()] { self->drain(); });
  }

  void flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t target = accepted_;
    while (done_ < target || (queue_.empty() && gap_.count > 0)) write_or_wait(lock);
    // Work that was asked for may have been refused: then the next record has to ask again.
    if (queue_.empty()) draining_ = false;
  }

  std::uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }
  std::uint64_t lost() const { return writer_.lost(); }

 private:
  // Whether somebody has to be asked to empty the queue.
  bool push(log_record record) {
    const std::lock_guard lock(mutex_);
    if (queue_.size() + in_hand_ >= options_.capacity) {
      gap_ = {gap_.count + 1, record.time};
      ++dropped_;
      return false;
    }
    record.before = std::exchange(gap_, {});
    queue_.push_back(std::move(record));
    ++accepted_;
    return !std::exchange(draining_, true);
  }

  void drain() {
    std::unique_lock lock(mutex_);
    while (!queue_.empty() || gap_.count > 0) write_or_wait(lock);
    draining_ = false;
  }

  // One chunk further, by this thread or by the one that is at it.
  void write_or_wait(std::unique_lock<std::mutex>& lock) {
    if (writing_) {
      written_.wait(lock);
      return;
    }
    std::vector<log_record> chunk;
    chunk.reserve(chunk_size);
    writing_ = true;
    while (!queue_.empty() && chunk.size() < chunk_size) {
      chunk.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    const gap behind = queue_.empty() ? std::exchange(gap_, {}) : gap{};
    in_hand_ = chunk.size();
    lock.unlock();
    for (const log_record& record : chunk) writer_.write(record);
    writer_.write_gap(behind);
    writer_.flush();
    lock.lock();
    done_ += std::exchange(in_hand_, 0);
    writing_ = false;
    written_.notify_all();
  }

  const log_options options_;
  log_writer writer_;
  mutable std::mutex mutex_;
  std::condition_variable written_;
  std::deque<log_record> queue_;
  gap gap_;                     // dropped since the last record of the queue
  std::size_t in_hand_ = 0;     // out of the queue, not yet out of the sink
  std::uint64_t accepted_ = 0;  // records that ever entered the queue
  std::uint64_t done_ = 0;      // and of these, those that left the sink
  std::uint64_t dropped_ = 0;
  bool draining_ = false;  // somebody was asked to empty the queue
  bool writing_ = false;   // some thread is in the writer
};

log_queue::log_queue(log_options options)
    : level_(options.level), state_(std::make_shared<state>(std::move(options))) {}

log_queue::~log_queue() { flush(); }

void log_queue::write(log_level level, log_source source, std::string text) {
  if (enabled(level) && level < log_level::off) state_->write(level, source, std::move(text));
}

void log_queue::flush() { state_->flush(); }

std::uint64_t log_queue::dropped() const { return state_->dropped(); }

std::uint64_t log_queue::lost() const { return state_->lost(); }

}  // namespace dialtone
