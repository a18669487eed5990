// SPDX-License-Identifier: Apache-2.0
// The end of a connection whose peer may still be sending: TCP answers what nobody reads with a reset, and a reset
// takes back what the peer has not read yet. For servers that answer and close. Inside a process only.
#pragma once

#include <dialtone/net/stream.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone {

/// How long, and how much, is read and thrown away at most.
struct last_words {
  duration limit = std::chrono::seconds{2};    ///< twice the round trip of a slow link
  std::size_t bytes = std::size_t{64} * 1024;  ///< what the windows of most peers hold
};

/// Ends the sending half behind what is unsent, throws away what comes until the peer has ended its own or a limit is
/// reached, and closes. The socket is passive. Resumed by the caller's scheduler.
task<> close_in_order(stream::socket socket, last_words heard = {});

}  // namespace dialtone
