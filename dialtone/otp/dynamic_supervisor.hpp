// SPDX-License-Identifier: Apache-2.0
// dynamic_supervisor: a supervisor of children that come and go by the thousands, one for each connection or session
// (Elixir's DynamicSupervisor, OTP's simple_one_for_one). It begins without children; each is a one_for_one child by
// itself, known by its pid: ids need not be unique, but not empty. It ends them all at the same time, in no order.
//
//   auto sessions = co_await dt::start_link(dt::dynamic_supervisor_spec{.max_children = 10'000});
//   std::expected<dt::pid, dt::child_error> one = co_await sessions.start_child(dt::child("session", serve, socket));
//
// As a child of another supervisor: dt::child("sessions", dt::dynamic_supervisor_spec{...}). Inside a process only;
// waits are resumed by the caller's scheduler. A child costs some 100 bytes here beside its process; what a start and
// an end cost does not grow with the number of children.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include <dialtone/otp/supervisor.hpp>

namespace dialtone {

struct dynamic_supervisor_spec {
  /// Running, or to be started again. One more: `limit_reached`. The runtime has a limit of processes as well.
  std::size_t max_children = 1'000'000;
  /// As supervisor_spec's, over all children; Elixir's defaults.
  std::size_t intensity = 3;
  duration period = std::chrono::seconds{5};
  /// Where children run whose specification does not say otherwise.
  placement children = placement::spread();
  /// Name, placement, limits of the supervisor's own process.
  spawn_options spawn = {};
};

/// What is wrong with a specification, as a sentence.
std::expected<void, std::string> check_dynamic_supervisor_spec(const dynamic_supervisor_spec& spec);

/// A dynamic supervisor, as a value. Its operations throw call_failed when it ends meanwhile.
class dynamic_supervisor_ref {
 public:
  constexpr dynamic_supervisor_ref() = default;
  /// For a pid that is known to be one of a dynamic supervisor.
  constexpr explicit dynamic_supervisor_ref(dialtone::pid process) : pid_{process} {}
  constexpr dialtone::pid pid() const { return pid_; }
  friend constexpr auto operator<=>(dynamic_supervisor_ref, dynamic_supervisor_ref) = default;

  /// Resumed when it is up. No pid: it has asked to be ignored, and is forgotten.
  task<std::expected<dialtone::pid, child_error>> start_child(child_spec spec) const;
  /// Ends a child, and forgets it.
  task<std::expected<void, child_error>> terminate_child(dialtone::pid child) const;
  /// All children, in no order that means anything.
  task<std::vector<child_info>> which_children() const;
  /// Of those that run.
  task<std::vector<dialtone::pid>> children() const;
  task<child_counts> count_children() const;
  /// Ends all children, with `shutdown`, then the supervisor. Another reason than `normal` reaches whom it is linked
  /// to.
  task<> stop(exit_reason reason = exit_reason::normal, duration limit = infinity) const;

 private:
  dialtone::pid pid_;
};

/// Linked to the caller, who is its parent. Throws start_failed.
task<dynamic_supervisor_ref> start_link(dynamic_supervisor_spec spec);
task<std::expected<dynamic_supervisor_ref, start_error>> try_start_link(dynamic_supervisor_spec spec);

/// A child that is a dynamic supervisor.
child_spec child(std::string id, dynamic_supervisor_spec spec);

template <>
inline constexpr bool enable_sendable<dynamic_supervisor_spec> = true;
template <>
inline constexpr bool enable_sendable<dynamic_supervisor_ref> = true;

}  // namespace dialtone
