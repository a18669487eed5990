// SPDX-License-Identifier: Apache-2.0
// The hello server, a process for each connection, over any transport: for whoever accepts connections.
//
//   accepted->controlling_process(dt::spawn(dt::hello::serve, *accepted, dt::hello::options{}));
//
// The process owns the socket, which is passive and raw, and ends with `normal` when it has said hello, or when there
// is nobody to say it to: the peer has gone, is silent, or sends too long a name. Then it closes the connection without
// an answer, and logs why, with the peer's address: "Peer ADDRESS: no name within 5000 ms, closing connection". It
// traps nothing: the exit signal `shutdown` ends it at once, and a greeting that it has sent still goes out.
#pragma once

#include <dialtone/net/stream.hpp>
#include <dialtone/protocols/hello/protocol.hpp>
#include <dialtone/runtime/process.hpp>

namespace dialtone::hello {

struct options {
  duration name_timeout = std::chrono::seconds{5};  ///< from the question on
  std::size_t name_limit = hello::name_limit;       ///< bytes
};

process<> serve(stream::socket socket, options with);

}  // namespace dialtone::hello
