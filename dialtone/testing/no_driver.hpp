// SPDX-License-Identifier: Apache-2.0
// A driver without a kernel, for runtimes in tests that use no sockets: every operation fails at once with ENOSYS, no
// handle is open, nothing sleeps. A descriptor that it is given stays the caller's.
#pragma once

#include <cerrno>

#include <dialtone/io/driver.hpp>

namespace dialtone::testing {

class no_driver final : public io::driver {
 public:
  std::string_view name() const override { return "none"; }
  io::handle adopt(int) override { return {}; }
  void close(io::handle) override {}
  bool accept(io::handle, io::operation&, io::result& done) override { return refuse(done); }
  bool receive(io::handle, io::operation&, io::result& done) override { return refuse(done); }
  bool send(io::handle, bytes, io::operation&, io::result& done) override { return refuse(done); }
  void cancel(io::operation&) override {}
  void poll(duration) override {}
  bool has_sources() const override { return false; }
  void wake() noexcept override {}

 private:
  static bool refuse(io::result& done) {
    done = {.error = ENOSYS};
    return true;
  }
};

}  // namespace dialtone::testing
