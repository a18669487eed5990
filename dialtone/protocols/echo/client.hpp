// SPDX-License-Identifier: Apache-2.0
// The other side of the echo server. Inside a process only.
//
//   auto socket = co_await over.connect(server);
//   auto same = co_await dt::echo::ask(*socket, "hello", 5s);
#pragma once

#include <dialtone/net/stream.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::echo {

/// Sends `message` and receives as many bytes, at the same time, so that a message may be larger than what the
/// connection and the server hold. The socket is passive and raw, and nothing else is asked of it meanwhile. What comes
/// back is for the caller to compare. An error of the receiving says why it does not come back (`closed`, `timeout`),
/// and the connection is of no use then.
task<std::expected<bytes, net_error>> ask(stream::socket socket, bytes message, duration limit = stream::unlimited);

}  // namespace dialtone::echo
