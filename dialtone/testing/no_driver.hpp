// SPDX-License-Identifier: Apache-2.0
// A driver without a kernel, for runtimes in tests that use no sockets: every operation fails at once with ENOSYS, no
// handle is open, nothing sleeps. A descriptor that it is given stays the caller's.
#pragma once

#include <cerrno>

#include <dialtone/io/driver.hpp>

namespace dialtone::testing {

class no_driver : public io::driver {
 public:
  std::string_view name() const override { return "none"; }
  std::expected<io::handle, int> open(io::socket_kind) override { return std::unexpected{ENOSYS}; }
  int bind(io::handle, const io::socket_name&) override { return ENOSYS; }
  int listen(io::handle, int) override { return ENOSYS; }
  int shutdown(io::handle, io::shutdown_how) override { return ENOSYS; }
  int set_option(io::handle, io::socket_option, std::span<const std::byte>) override { return ENOSYS; }
  std::expected<std::size_t, int> option(io::handle, io::socket_option, std::span<std::byte>) override {
    return std::unexpected{ENOSYS};
  }
  std::expected<io::socket_name, int> local_name(io::handle) override { return std::unexpected{ENOSYS}; }
  std::expected<io::socket_name, int> peer_name(io::handle) override { return std::unexpected{ENOSYS}; }
  io::handle adopt(int) override { return {}; }
  io::handle adopt(io::released&&) override { return {}; }
  io::released release(io::handle) override { return {}; }
  void close(io::handle) override {}
  bool accept(io::handle, io::operation&, io::result& done) override { return refuse(done); }
  bool receive(io::handle, io::operation&, io::result& done) override { return refuse(done); }
  bool connect(io::handle, const io::socket_name&, io::operation&, io::result& done) override { return refuse(done); }
  bool send(io::handle, std::span<bytes>, io::operation&, io::result& done) override { return refuse(done); }
  bool receive_datagram(io::handle, io::datagram_operation&, io::result& done) override { return refuse(done); }
  bool send_datagram(io::handle, const io::outgoing_datagram&, io::operation&, io::result& done) override {
    return refuse(done);
  }
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
