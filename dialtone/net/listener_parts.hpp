// SPDX-License-Identifier: Apache-2.0
// What the processes of a listener tell each other, and where they find each other. Not for users.
#pragma once

#include <atomic>
#include <memory>

#include <dialtone/net/listener.hpp>

namespace dialtone::detail {

/// What a connection is begun with; constant, replaced as a whole when options change.
struct connection_settings {
  connection_spec serve;
  std::optional<connection_spec> refusal;
  duration handshake_timeout;
  duration idle_timeout;
};
using shared_settings = std::shared_ptr<const connection_settings>;

/// The argument of a connection's process.
struct connection_seed {
  stream::socket socket;
  endpoint from;
  shared_settings settings;
  bool refused = false;  // it is to be served by `refusal`
};

/// To a connection supervisor, behind the socket: it begins the process.
struct handed_over {
  connection_seed seed;
  pid counted_by;  // the manager that has counted it
};
/// To the manager: connections of a supervisor have ended, or have begun that another manager had counted.
struct count_change {
  pid supervisor;
  std::int32_t connections = 0;
  std::int32_t refusals = 0;
  std::uint32_t crashed = 0;

  /// Of connections, or of refusals.
  static count_change of(pid supervisor, bool refused, std::int32_t count) {
    count_change change{.supervisor = supervisor};
    (refused ? change.refusals : change.connections) = count;
    return change;
  }
};
/// To the manager: a connection supervisor is up.
struct supervisor_up {
  std::uint32_t index;
  pid supervisor;
};
/// To a connection supervisor: what there is to do for all its connections.
enum class connections_order : std::uint8_t {
  go_on,  ///< as at the beginning
  end,    ///< tell them to end, also those to come
  kill,   ///< those that are left
};
struct order_to_all {
  connections_order what;
};
struct shutdown_limit {
  duration limit;
};

/// What a manager leaves to the one that is started in its place: options that were changed, ports that were found.
struct manager_memory {
  listener_spec spec;
  std::vector<std::optional<socket_address>> addresses;
  bool suspended = false;
};

/// The pids of a listener's processes, as each has been started last; all of them know it.
class listener_directory {
 public:
  listener_directory(std::size_t supervisors, const listener_spec& spec)
      : memory{spec, std::vector<std::optional<socket_address>>(spec.listen_on.size())}, supervisors_(supervisors) {}

  std::size_t supervisor_count() const { return supervisors_.size(); }
  void set_manager(pid manager) { manager_ = manager; }
  pid manager() const { return manager_; }
  void set_supervisor(std::size_t index, pid supervisor) { supervisors_[index] = supervisor; }
  pid supervisor(std::size_t index) const { return supervisors_[index]; }

  /// For the manager only, of which there is one at a time.
  manager_memory memory;

 private:
  std::atomic<pid> manager_{};
  std::vector<std::atomic<pid>> supervisors_;
};

/// The listener that a process belongs to: its specification and where the others are.
struct listener_part {
  std::shared_ptr<const listener_spec> spec;
  std::shared_ptr<listener_directory> others;
};

/// One acceptor, for an endpoint.
process<> accept_connections(listener_part of, std::uint32_t endpoint);
/// The process of a connection.
process<> run_connection(connection_seed seed);

}  // namespace dialtone::detail

namespace dialtone {
template <>
inline constexpr bool enable_sendable<detail::connection_seed> = true;
template <>
inline constexpr bool enable_sendable<detail::handed_over> = true;
template <>
inline constexpr bool enable_sendable<detail::listener_part> = true;
}  // namespace dialtone
