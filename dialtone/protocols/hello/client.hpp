// SPDX-License-Identifier: Apache-2.0
// The other side of the hello server. Inside a process only.
//
//   auto socket = co_await over.connect(server);
//   auto greeted = co_await dt::hello::greet(*socket, "Joe", 5s);        // "Joe"
#pragma once

#include <dialtone/net/stream.hpp>
#include <dialtone/protocols/hello/protocol.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::hello {

/// Waits for the question, says the name, and returns the name that the server has said hello to, which may be the
/// beginning of ours: where one ends, nothing says. Closes the socket, which is passive and raw. The limit is for all
/// of it. Errors: `malformed`, no server of hello speaks; `closed`, it has closed without a greeting; or the socket's.
/// The greeting is at most 16 KiB long (message_too_long).
task<std::expected<bytes, net_error>> greet(stream::socket socket, bytes name, duration limit = stream::unlimited);

}  // namespace dialtone::hello
