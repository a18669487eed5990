// SPDX-License-Identifier: Apache-2.0
// The daytime server over any transport, a process for each connection, and over UDP, one process for all.
//
//   accepted->controlling_process(dt::spawn(dt::daytime::serve, *accepted));
//   socket.controlling_process(dt::spawn(dt::daytime::serve_udp, socket));
//
// The time is that of the runtime's clock (time_of_day.hpp). Each process owns its socket, which is passive. It traps
// nothing: the exit signal `shutdown` ends it at once, and an answer that it has sent still goes out.
#pragma once

#include <dialtone/net/stream.hpp>
#include <dialtone/net/udp.hpp>
#include <dialtone/protocols/daytime/protocol.hpp>
#include <dialtone/runtime/process.hpp>

namespace dialtone::daytime {

/// Says the time, throws away what it receives, and closes: see close_in_order.hpp for how long that may take.
process<> serve(stream::socket socket);

/// Answers each datagram, whatever is in it. Not answered are a datagram from one of the ports of echo, daytime, quote
/// of the day and chargen, and one that is an answer itself: two servers, or one and itself, could be made to answer
/// each other for ever. Errors are those of single answers and are logged at the level debug. It ends with `normal`
/// when the socket is closed, and for another error of its recv with that as the reason.
process<> serve_udp(udp::socket socket);

}  // namespace dialtone::daytime
