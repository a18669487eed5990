// SPDX-License-Identifier: Apache-2.0
#include <apps/held_log.hpp>

#include <utility>

namespace dialtone::apps {

held_log::held_log(std::shared_ptr<spdlog::sinks::sink> behind) : behind_{std::move(behind)} {}

void held_log::release() {
  std::lock_guard lock{guard_};
  released_ = true;
  for (const auto& line : std::exchange(kept_, {})) behind_->log(line);
  behind_->flush();
}

bool held_log::is_released() const {
  std::lock_guard lock{guard_};
  return released_;
}

void held_log::log(const spdlog::details::log_msg& line) {
  {
    std::lock_guard lock{guard_};
    if (released_) return behind_->log(line);
    kept_.emplace_back(line);
    if (kept_.size() < limit) return;
  }
  release();
}

void held_log::flush() {
  std::lock_guard lock{guard_};
  if (released_) behind_->flush();
}

void held_log::set_pattern(const std::string& pattern) { behind_->set_pattern(pattern); }

void held_log::set_formatter(std::unique_ptr<spdlog::formatter> formatter) {
  behind_->set_formatter(std::move(formatter));
}

}  // namespace dialtone::apps
