// SPDX-License-Identifier: Apache-2.0
// Sockets in another network namespace (network_namespaces(7)). A socket stays in the namespace it was opened in,
// whoever uses it. Any thread but a scheduler's: it waits for a thread of its own, which alone changes its namespace
// (setns(2)) and then ends.
#pragma once

#include <expected>
#include <string>

#include <dialtone/io/driver.hpp>

namespace dialtone::io {

/// `path` names the namespace: /run/netns/blue, /proc/1/ns/net. Non-blocking, for a driver to adopt. The system's code:
/// ENOENT, EINVAL for what is no network namespace, EPERM without the privilege (CAP_SYS_ADMIN).
std::expected<released, int> open_socket_in(const std::string& path, socket_kind kind);

}  // namespace dialtone::io
