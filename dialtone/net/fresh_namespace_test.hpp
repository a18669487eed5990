// SPDX-License-Identifier: Apache-2.0
// Network namespaces of a test's own, where that is permitted.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>
#include <cstdlib>
#include <string>
#include <thread>

namespace dialtone::namespace_tests {

/// A new network namespace, in which nothing is up; or none, when that is not permitted.
class fresh_namespace {
 public:
  fresh_namespace() {
    std::jthread{[&] {
      if (::unshare(CLONE_NEWNET) == 0) descriptor_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    }}.join();
  }
  ~fresh_namespace() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  fresh_namespace(const fresh_namespace&) = delete;

  bool is_there() const { return descriptor_ >= 0; }
  /// Its own when there is none: entering that takes the same privilege.
  std::string path() const {
    return is_there() ? "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(descriptor_)
                      : std::string{"/proc/self/ns/net"};
  }
  /// Whether all of these commands of ip(8) have gone well within it.
  template <class... Commands>
  bool ip(const Commands&... commands) const {
    bool well = is_there();
    std::jthread{[&] {
      well = well && ::setns(descriptor_, CLONE_NEWNET) == 0 &&
             (... && (std::system(("PATH=$PATH:/usr/sbin:/sbin; ip " + std::string{commands} + " 2>&1").c_str()) == 0));
    }}.join();
    return well;
  }

 private:
  int descriptor_ = -1;
};

}  // namespace dialtone::namespace_tests
