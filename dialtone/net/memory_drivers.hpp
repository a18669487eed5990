// SPDX-License-Identifier: Apache-2.0
// The memory drivers of a scheduler, one for each network that its sockets are in. They are polled at the end of the
// turn in which something has happened to them, or when a peer's thread says so by a signal: whoever waits is told in
// turn, never from within a call. For the room net only.
#pragma once

#include <list>

#include <dialtone/io/memory_driver.hpp>
#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

class memory_drivers final : public scheduler_part {
 public:
  explicit memory_drivers(scheduler& home);
  /// Of the calling process's scheduler.
  static memory_drivers& here();

  io::memory_driver& of(const std::shared_ptr<io::memory_network>& network);
  /// For sockets that no name leads to.
  io::memory_driver& nameless() { return of(nameless_); }
  void poll();

 private:
  struct own_work : late_work {
    explicit own_work(memory_drivers& self)
        : late_work{[](late_work& work) { static_cast<own_work&>(work).self.poll(); }}, self{self} {}
    memory_drivers& self;
  };

  void ready();
  bool is_over(const io::memory_driver& of) const;

  scheduler& home_;
  own_work late_;
  const std::shared_ptr<io::memory_network> nameless_ = std::make_shared<io::memory_network>();
  std::list<io::memory_driver> drivers_;
};

}  // namespace dialtone::detail
