// SPDX-License-Identifier: Apache-2.0
// The hosts file of a resolver: its table, read again when the file has changed. Any thread. Reading takes some 20 µs;
// whether there is something to read is asked at most once in an interval, by whoever comes first.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <dialtone/base/time.hpp>
#include <dialtone/io/name_service.hpp>
#include <dialtone/net/hosts_table.hpp>

namespace dialtone::detail {

class hosts_file {
 public:
  hosts_file(std::string path, duration check_interval);
  std::shared_ptr<const hosts_table> table(time_point now);

 private:
  void read();

  const std::string path_;  // empty: there is none
  const duration check_interval_;
  std::mutex guard_;
  time_point next_check_;                     // under guard_
  io::file_stamp stamp_;                      // under guard_
  std::shared_ptr<const hosts_table> table_;  // under guard_
};

}  // namespace dialtone::detail
