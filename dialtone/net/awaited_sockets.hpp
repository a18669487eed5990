// SPDX-License-Identifier: Apache-2.0
// Calls for a socket that is not on the caller's scheduler but may be on its way there: they wait until it has come, or
// until it is known that it does not come. For the room net only; on the callers' scheduler.
//
// Who waits is entered first, and then asks the socket's birth place. That is told of a move before the socket leaves,
// and signals from one scheduler to another keep their order. So when it says "with you", the socket comes, or has come
// since the call was entered: nothing has to be answered. When it names another place, that is asked in turn; it may
// have sent the socket on, and then says so at the birth place, which knows more by then and decides. A call that
// follows the controlling_process which gives the socket to its scheduler is thus never told `elsewhere`, unless the
// socket has moved on; and a question makes four steps at most.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include <dialtone/net/net_error.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone::detail {

class socket_table;

/// One that waits, in a frame. `told` once: without a code when the socket has come, and may have gone again; else why
/// the call fails.
struct socket_call {
  void* who;
  void (*told)(void* who, std::optional<net_error::code_type> refused);
};

class awaited_sockets {
 public:
  explicit awaited_sockets(socket_table& table) : table_{table} {}

  /// Of a socket that is not here: enters the call, or says at once why it fails.
  std::optional<net_error::code_type> wait_for(reference socket, socket_call call);
  /// The call goes away, and is not told. No-op for one that does not wait.
  void forget(reference socket, const void* who);
  /// Tells who waits for it.
  void has_come(reference socket);
  /// It does not come. No-op for a call that has gone.
  void refuse(reference socket, std::uint64_t question, net_error::code_type why);

 private:
  struct entry {
    std::uint64_t question;
    socket_call call;
  };
  std::multimap<std::uint64_t, entry> waiting_;  // by the socket's name; of one socket in the order of the calls
  std::uint64_t last_question_ = 0;
  socket_table& table_;
};

}  // namespace dialtone::detail
