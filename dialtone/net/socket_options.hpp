// SPDX-License-Identifier: Apache-2.0
// The options of stream sockets, as listen, connect and setopts take them. What is not given stays as it is; of a new
// socket it has the default that is named here. Those of TCP mean nothing to other transports and are passed over
// there. A listener's are inherited by the connections that it accepts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <dialtone/base/time.hpp>
#include <dialtone/net/active.hpp>
#include <dialtone/net/packet.hpp>

namespace dialtone {

struct socket_options {
  std::optional<dialtone::active> active = {};         ///< passive
  std::optional<dialtone::packet> packet = {};         ///< raw
  std::optional<std::size_t> packet_size = {};         ///< 64 MiB: see packet_options
  std::optional<std::size_t> line_length = {};         ///< bytes; as packet_size
  std::optional<char> line_delimiter = {};             ///< '\n'
  std::optional<bool> exit_on_close = {};              ///< true: the end of the peer's data ends the socket
  std::optional<bool> show_econnreset = {};            ///< true: a reset is ECONNRESET, not an orderly end
  std::optional<std::size_t> high_watermark = {};      ///< 64 KiB unsent: from here on senders wait
  std::optional<std::size_t> low_watermark = {};       ///< 32 KiB unsent: down here they go on
  std::optional<duration> send_timeout = {};           ///< without limit
  std::optional<bool> send_timeout_close = {};         ///< false: a send past its time leaves the socket open
  std::optional<bool> nodelay = {};                    ///< true: TCP_NODELAY
  std::optional<bool> keepalive = {};                  ///< false: SO_KEEPALIVE
  std::optional<std::size_t> receive_buffer = {};      ///< bytes, the kernel's: SO_RCVBUF
  std::optional<std::size_t> send_buffer = {};         ///< bytes, the kernel's: SO_SNDBUF
  std::optional<std::string> congestion_control = {};  ///< the system's: TCP_CONGESTION, as "cubic" or "reno"
};

}  // namespace dialtone
