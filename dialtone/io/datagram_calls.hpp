// SPDX-License-Identifier: Apache-2.0
// The system calls that move datagrams, on descriptors that do not block. For the drivers over the kernel. An
// interrupted call is made again.
#pragma once

#include <dialtone/io/driver.hpp>
#include <dialtone/io/receive_buffers.hpp>

namespace dialtone::io {

/// The next datagram, or an error. False: there is none yet.
bool take_datagram(int descriptor, receive_buffers& buffers, datagram_operation& waiting, result& done);
/// False: there is no room yet, and the descriptor will be writable when there is.
bool put_datagram(int descriptor, const outgoing_datagram& sent, result& done);

}  // namespace dialtone::io
