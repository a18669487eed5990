// SPDX-License-Identifier: Apache-2.0
// A sink of the log that keeps its lines back until the program is up. A start that fails for want of a port is one
// sentence for whoever typed the command; what supervisors log of it, each in its turn, would bury that. Any thread.
#pragma once

#include <mutex>
#include <vector>

#include <spdlog/details/log_msg_buffer.h>
#include <spdlog/sinks/sink.h>

namespace dialtone::apps {

class held_log final : public spdlog::sinks::sink {
 public:
  /// Lines that are kept: a start that says more is not held back any longer.
  static constexpr std::size_t limit = 1'000;

  explicit held_log(std::shared_ptr<spdlog::sinks::sink> behind);

  /// From now on lines pass, those that were kept first.
  void release();
  bool is_released() const;

  void log(const spdlog::details::log_msg& line) override;
  void flush() override;
  void set_pattern(const std::string& pattern) override;
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override;

 private:
  mutable std::mutex guard_;
  bool released_ = false;
  std::vector<spdlog::details::log_msg_buffer> kept_;
  std::shared_ptr<spdlog::sinks::sink> behind_;
};

}  // namespace dialtone::apps
