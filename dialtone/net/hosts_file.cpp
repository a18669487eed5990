// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/hosts_file.hpp>

#include <utility>

#include <dialtone/net/system_resolver.hpp>

namespace dialtone::detail {

hosts_file::hosts_file(std::string path, duration check_interval)
    : path_{std::move(path)}, check_interval_{check_interval}, table_{std::make_shared<const hosts_table>()} {
  if (path_.empty()) return;
  stamp_ = io::stamp_of(path_);
  read();
}

std::shared_ptr<const hosts_table> hosts_file::table(time_point now) {
  const std::lock_guard lock{guard_};
  if (path_.empty() || now < next_check_) return table_;
  next_check_ = after_delay(now, check_interval_);
  // Taken before the file is read: what is written meanwhile is seen at the next look.
  if (const io::file_stamp stamp = io::stamp_of(path_); stamp != std::exchange(stamp_, stamp)) read();
  return table_;
}

void hosts_file::read() {
  const std::string text = io::read_file(path_, hosts_file_limit + 1);
  table_ = text.size() > hosts_file_limit ? std::make_shared<const hosts_table>()
                                          : std::make_shared<const hosts_table>(text);
}

}  // namespace dialtone::detail
