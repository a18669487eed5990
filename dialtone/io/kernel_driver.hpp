// SPDX-License-Identifier: Apache-2.0
// What the drivers over the kernel share: the calls on a socket that are done at once. The descriptor of a handle is
// the deriving driver's to know.
#pragma once

#include <utility>

#include <dialtone/io/driver.hpp>

namespace dialtone::io {

class kernel_driver : public driver {
 public:
  std::expected<handle, int> open(socket_kind kind) final;
  int bind(handle of, const socket_name& local) final;
  int listen(handle of, int backlog) final;
  int shutdown(handle of, shutdown_how how) override;
  int set_option(handle of, socket_option which, std::span<const std::byte> value) final;
  std::expected<std::size_t, int> option(handle of, socket_option which, std::span<std::byte> value) final;
  std::expected<socket_name, int> local_name(handle of) final;
  std::expected<socket_name, int> peer_name(handle of) final;
  handle adopt(int descriptor) final;
  handle adopt(released&& moved) final;

 protected:
  /// What the reader of a socket waits for.
  enum class reads : std::uint8_t { pieces, connections, datagrams };

  static void finish(operation& waiting, result&& done) {
    waiting.in_flight = false;
    waiting.complete(waiting, std::move(done));
  }

  /// Negative for a handle that was closed.
  virtual int descriptor_of(handle of) const = 0;
  /// No handle when the kernel refuses (errno says why); then the descriptor is still the caller's. Of one that is
  /// shared others may have a duplicate.
  virtual handle try_adopt(int descriptor, bool shared) = 0;
  /// What has been received from an adopted descriptor already, and what the kernel has said of it; 0 for nothing.
  virtual void put_received(handle of, bytes received, int error) = 0;

 private:
  handle adopt(int descriptor, bool shared);
};

}  // namespace dialtone::io
