// SPDX-License-Identifier: Apache-2.0
// The system calls of sockets that move something, on descriptors that do not block. For the drivers over the kernel.
// An interrupted call is made again. Would-be waiting is EAGAIN.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <vector>

#include <dialtone/base/bytes.hpp>
#include <dialtone/io/socket_name.hpp>

namespace dialtone::io {

/// A socket of SOCK_STREAM.
bool is_stream(int descriptor);
/// A socket of AF_UNIX.
bool is_unix(int descriptor);
/// The next connection of a listener. One that was given up while it waited is passed over.
std::expected<int, int> accept_one(int listener);
/// EINPROGRESS: it goes on; when the descriptor is writable, pending_error says how it went.
int start_connect(int descriptor, const socket_name& to);
int pending_error(int descriptor);
/// What is there, into `room`; 0 at the peer's end.
std::expected<std::size_t, int> receive_some(int descriptor, std::span<std::byte> room);
/// Sends until all of `pieces` are gone, or an error, which it returns. Adds to `sent`, and leaves in `pieces` what was
/// not taken.
int send_all(int descriptor, std::span<bytes> pieces, std::size_t& sent);
/// Those, for the next call.
std::unique_ptr<std::vector<bytes>> left_by_call(std::span<bytes> pieces);

}  // namespace dialtone::io
