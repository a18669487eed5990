// SPDX-License-Identifier: Apache-2.0
// A supervised listener: takes connections from one or more endpoints and starts a process for each, as many as it may.
// What Ranch and Thousand Island are on the BEAM.
//
//   dt::process<> echo(dt::stream::socket socket) {
//     while (auto data = co_await socket.recv()) co_await socket.send(*data);
//   }
//   dt::listener_ref listener = co_await dt::start_link(dt::listener_spec{
//       .listen_on = {dt::endpoint::tcp({.port = 4000})},
//       .serve = dt::connection(echo),
//   });
//
// As a child of a supervisor: dt::child("echo", dt::listener_spec{...}). What it is made of:
//
//   supervisor rest_for_one
//   ├─ connections: connection supervisors, one for each scheduler
//   ├─ manager                      owns the listening sockets, and counts
//   └─ acceptors: supervisor one_for_one, one acceptor for each endpoint
//
// A connection that ends, in whatever way, disturbs nobody else and is not started again. Without descriptors (EMFILE)
// accepting pauses and goes on, and nothing ends (net_events.hpp). Inside a process only; waits are resumed by the
// caller's scheduler.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <dialtone/net/connection.hpp>
#include <dialtone/net/endpoint.hpp>
#include <dialtone/otp/supervisor.hpp>

namespace dialtone {

/// What becomes of a connection that comes while there are max_connections.
enum class full_policy : std::uint8_t {
  leave_in_backlog,  ///< it waits for room in the system's queue, which has the length `backlog` of its endpoint
  close,             ///< it is accepted and closed
  refuse,            ///< it is accepted and served by `refusal`, which has to be quick
};

struct listener_spec {
  /// At least one, at most listener_endpoints_limit.
  std::vector<endpoint> listen_on;
  connection_spec serve;
  /// Exactly so many at the same time, over all endpoints and schedulers, from the accept to the death of the process.
  /// The default is Thousand Island's: it fits into most limits of descriptors, which is the one to raise first.
  std::size_t max_connections = 16'384;
  full_policy when_full = full_policy::leave_in_backlog;
  /// For full_policy::refuse. Its connections do not count; as many as max_refusals at the same time, more are closed.
  std::optional<connection_spec> refusal = {};
  std::size_t max_refusals = 128;
  /// For what comes before the handler: the transport's handshake. Then the connection is closed.
  duration handshake_timeout = std::chrono::seconds{5};
  /// Of handlers that are classes: how long the peer may send nothing. What is sent to it does not count.
  duration idle_timeout = std::chrono::seconds{60};
  /// How long connections have, told to end by the supervisor above, before they are killed; Thousand Island's.
  duration shutdown = std::chrono::seconds{15};
  /// Name, placement, limits of the process at the top; manager and acceptors run on its scheduler.
  spawn_options spawn = {};
};

/// Endpoints that one listener may have: each costs an acceptor, and a hand-off looks at all of them.
inline constexpr std::size_t listener_endpoints_limit = 1'024;

/// What is wrong with a specification, as a sentence.
std::expected<void, std::string> check_listener_spec(const listener_spec& spec);

enum class listener_state : std::uint8_t {
  running,
  suspended,  ///< it does not listen; its connections live on
  draining,   ///< suspended, and its connections are told to end
};
std::string to_string(listener_state state);

struct listener_info {
  listener_state state = listener_state::running;
  std::vector<socket_address> addresses = {};  ///< of the endpoints, in their order; also while it is suspended
  std::size_t max_connections = 0;
  std::size_t connections = 0;  ///< at present
  std::size_t refusals = 0;     ///< at present, with `refusal`
  std::uint64_t accepted = 0;   ///< so far, without those that were refused
  std::uint64_t refused = 0;    ///< so far: closed, or given to `refusal`
  std::uint64_t crashed = 0;    ///< so far: of those accepted, whose process has ended neither in order nor as told
};

/// What can be changed while it runs; what is not given stays.
struct listener_changes {
  std::optional<std::size_t> max_connections = {};  ///< fewer than there are: nobody is ended
  std::optional<full_policy> when_full = {};
  std::optional<connection_spec> serve = {};  ///< for connections to come, as is all that follows
  std::optional<connection_spec> refusal = {};
  std::optional<std::size_t> max_refusals = {};
  std::optional<duration> handshake_timeout = {};
  std::optional<duration> idle_timeout = {};
  std::optional<duration> shutdown = {};  ///< for all connections
};

/// A listener, as a value. Its operations throw call_failed when it ends meanwhile.
class listener_ref {
 public:
  constexpr listener_ref() = default;
  /// For a pid that is known to be one of a listener, as of a child that is one.
  constexpr explicit listener_ref(dialtone::pid process) : pid_{process} {}
  constexpr dialtone::pid pid() const { return pid_; }
  friend constexpr auto operator<=>(listener_ref, listener_ref) = default;

  /// Of the endpoints, in their order, with the ports that the system has found.
  task<std::vector<socket_address>> addresses() const;
  task<listener_info> info() const;
  /// The processes of the connections, in no order that means anything; also of refusals.
  task<std::vector<dialtone::pid>> connections() const;

  /// Stops listening: who connects is refused by the system. What is connected, and waits to be accepted, is lost with
  /// the listening socket. Connections live on. Twice is once.
  task<> suspend() const;
  /// Listens again at the same addresses. The error is of an endpoint that cannot be had; then it stays suspended.
  /// During a drain it waits for the end of that.
  task<std::expected<void, net_error>> resume() const;
  /// Stops listening, tells the connections to end, waits for that, and kills what is left when `limit` is over. How
  /// many were killed. Of two at the same time the earlier limit counts for both. It is suspended then.
  task<std::size_t> drain(duration limit) const;
  /// Drains, then ends the listener. One that a supervisor starts again is ended by that supervisor instead
  /// (terminate_child), within `shutdown` of its specification.
  task<> stop(duration limit = std::chrono::seconds{15}) const;
  /// The error is a sentence: what is wrong with them; then nothing is changed.
  task<std::expected<void, std::string>> set(listener_changes changes) const;

 private:
  dialtone::pid pid_;
};

/// Linked to the caller, who is its parent; resumed when it listens at all endpoints. Throws start_failed, with a
/// reason that names the endpoint that cannot be had.
task<listener_ref> start_link(listener_spec spec);
task<std::expected<listener_ref, start_error>> try_start_link(listener_spec spec);

/// A child that is a listener.
child_spec child(std::string id, listener_spec spec);

template <>
inline constexpr bool enable_sendable<listener_spec> = true;
template <>
inline constexpr bool enable_sendable<listener_changes> = true;
template <>
inline constexpr bool enable_sendable<listener_ref> = true;

}  // namespace dialtone
