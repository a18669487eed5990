// SPDX-License-Identifier: Apache-2.0
// A socket goes to another owner (controlling_process), wherever that runs. For the room net only.
#pragma once

#include <type_traits>

#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

/// Of the calling process, which must own it. What the socket has told the caller, and that has not received, is the
/// new owner's, before all that the socket tells it. On another scheduler the socket is there, with the messages,
/// before anything that the caller sends there from now on, and before the new owner's function begins when the caller
/// has spawned it in the same slice: its start waits for the end of the turn, and the socket does not (an owner that is
/// to be started is an embryo, and may own). It dies there if the new owner has.
std::expected<void, net_error> give(any_socket& given, pid owner);

/// The socket that a message is from, which is one of these types or none.
template <class... Messages>
reference teller_among(const signal& told) {
  reference teller;
  const auto look = [&]<class Message>(std::type_identity<Message>) {
    if (told.type == &message_type<Message>) teller = static_cast<const message<Message>&>(told).value.socket.name();
  };
  (look(std::type_identity<Messages>{}), ...);
  return teller;
}

}  // namespace dialtone::detail
