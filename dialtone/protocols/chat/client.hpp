// SPDX-License-Identifier: Apache-2.0
// A member of a chat room somewhere else, over any transport: a process that owns the connection, and a handle of it.
// Inside a process only.
//
//   auto chat = co_await dt::chat::join(over, server, "meg");
//   co_await chat->say("hi");
//   auto text = co_await dt::receive<dt::chat::text>();                    // text.from, text.contents
//   chat->leave();
#pragma once

#include <dialtone/net/transport.hpp>
#include <dialtone/protocols/chat/protocol.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::chat {

/// A small value, sendable. The connection ends with who has joined.
class client {
 public:
  client() = default;
  client(dialtone::pid process, stream::socket socket, bytes name)
      : process_{process}, socket_{socket}, name_{std::move(name)} {}

  /// To everybody else in the room. Done when it is queued here; waits while the server reads no more, which is so
  /// while somebody else there is slow. message_too_long: more than field_limit bytes. By any process.
  task<std::expected<void, net_error>> say(bytes contents) const;
  /// What was said still goes out. No message comes of it.
  void leave() const;

  const bytes& name() const { return name_; }
  /// For links and monitors.
  dialtone::pid process() const { return process_; }
  friend bool operator==(const client&, const client&) = default;

 private:
  dialtone::pid process_;
  stream::socket socket_;
  bytes name_;
};

// The messages to who has joined. While 128 messages of any kind wait in its mailbox, the connection is read no more.

/// Somebody has said something.
struct text {
  dialtone::pid client;  ///< client::process()
  bytes from;
  bytes contents;
};
/// The connection has ended; nothing follows. `closed`: by the server, which is also how it answers a name that is
/// taken; `malformed`: it has sent what is no broadcast.
struct ended {
  dialtone::pid client;
  net_error why;
};

struct join_options {
  socket_options connection = {};
  duration connect_limit = std::chrono::seconds{5};
};

/// Connects and says the name; the server does not answer to that. message_too_long: a name of more than field_limit
/// bytes.
task<std::expected<client, net_error>> join(transport over, socket_address server, bytes name,
                                            join_options options = {});

}  // namespace dialtone::chat

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::chat::client> = true;
