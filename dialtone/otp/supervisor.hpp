// SPDX-License-Identifier: Apache-2.0
// supervisor: starts its children from left to right, ends them from right to left, and starts them again when they
// end, as its strategy and their specifications say. OTP's semantics; beyond OTP: a back-off for each child's restarts.
//
//   dt::supervisor_spec tree() {
//     return {.strategy = dt::supervisor_strategy::rest_for_one,
//             .intensity = 3,
//             .period = 5s,
//             .children = {dt::child<store>("store", path), dt::child("readers", readers())}};
//   }
//   dt::supervisor_ref top = co_await dt::start_link(tree());
//
// When more than `intensity` restarts fall into `period`, the supervisor ends all children and then itself, with
// `shutdown`; so it does when its parent ends. A child that cannot be started ends the start of the supervisor: those
// started before are ended, and the error names the child. A restart that fails is tried again, and counts.
// Inside a process only; waits are resumed by the caller's scheduler.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include <dialtone/otp/child_spec.hpp>
#include <dialtone/otp/sketch.hpp>

namespace dialtone {

enum class supervisor_strategy : std::uint8_t {
  one_for_one,   ///< only the child that has ended is started again
  one_for_all,   ///< all are ended and started again
  rest_for_one,  ///< those after it are ended, and all from it on started again
};
std::string to_string(supervisor_strategy strategy);

/// Whether the supervisor ends, with `shutdown`, when significant children have ended by themselves (a transient one in
/// order, a temporary one anyhow) and not by the supervisor.
enum class auto_shutdown_type : std::uint8_t { never, any_significant, all_significant };

struct supervisor_spec {
  supervisor_strategy strategy = supervisor_strategy::one_for_one;
  std::size_t intensity = 1;
  duration period = std::chrono::seconds{5};
  auto_shutdown_type auto_shutdown = auto_shutdown_type::never;
  std::vector<child_spec> children = {};
  /// Name, placement, limits of the supervisor's own process.
  spawn_options spawn = {};
};

/// Children that one supervisor may have: for more there is the dynamic supervisor.
inline constexpr std::size_t supervisor_children_limit = 65'536;

/// What is wrong with a specification, and with those below it: ids that are not unique, a significant child where
/// nothing comes of it, ...
std::expected<void, std::string> check_supervisor_spec(const supervisor_spec& spec);

enum class child_state : std::uint8_t {
  running,
  restarting,  ///< it has ended, and its next start is due
  stopped,     ///< ended for good, by itself or by terminate_child
};
std::string to_string(child_state state);

struct child_info {
  std::string id;
  child_type type;
  child_state state;
  dialtone::pid pid;  ///< while it runs
};

struct child_counts {
  std::size_t specs = 0;
  std::size_t active = 0;  ///< running
  std::size_t supervisors = 0;
  std::size_t workers = 0;
  friend bool operator==(const child_counts&, const child_counts&) = default;
};

/// Why a supervisor did not do what it was asked for.
class child_error {
 public:
  enum code_type : std::uint8_t {
    not_found,        ///< it has no child with this id
    already_present,  ///< it has one, which does not run now: restart_child starts it, if it is not restarting
    already_started,  ///< it has one, which runs: `pid()`
    running,          ///< only a child that does not run can be restarted or deleted
    restarting,       ///< the child's next start is due
    limit_reached,    ///< it may not have more children
    bad_spec,         ///< `text()` says what is wrong
    start_failed,     ///< `text()` says why
    no_answer,        ///< it has ended, or cannot be asked: `text()` says why
  };
  child_error(code_type code, dialtone::pid pid = {}, std::string text = {})  // NOLINT(google-explicit-constructor)
      : code_{code}, pid_{pid}, text_{std::move(text)} {}
  code_type code() const { return code_; }
  dialtone::pid pid() const { return pid_; }
  const std::string& text() const { return text_; }
  friend bool operator==(const child_error&, const child_error&) = default;

 private:
  code_type code_;
  dialtone::pid pid_;
  std::string text_;
};
std::string to_string(const child_error& error);

/// A supervisor, as a value. Its operations wait for as long as it takes: a supervisor may be busy with ends and
/// starts; a child that, while it is being started, asks its own waits for ever. They throw call_failed when it ends
/// meanwhile.
class supervisor_ref {
 public:
  constexpr supervisor_ref() = default;
  /// For a pid that is known to be one of a supervisor.
  constexpr explicit supervisor_ref(dialtone::pid process) : pid_{process} {}
  constexpr dialtone::pid pid() const { return pid_; }
  friend constexpr auto operator<=>(supervisor_ref, supervisor_ref) = default;

  /// Adds a child at the right end and starts it. No pid: it has asked to be ignored.
  task<std::expected<dialtone::pid, child_error>> start_child(child_spec spec) const;
  /// Ends a child; its specification stays, unless it is temporary.
  task<std::expected<void, child_error>> terminate_child(std::string id) const;
  /// Starts one that does not run.
  task<std::expected<dialtone::pid, child_error>> restart_child(std::string id) const;
  /// Forgets the specification of one that does not run.
  task<std::expected<void, child_error>> delete_child(std::string id) const;

  /// From left to right.
  task<std::vector<child_info>> which_children() const;
  task<child_counts> count_children() const;
  task<std::expected<child_spec, child_error>> get_child_spec(std::string id) const;

  /// The tree as it is now, with those below it (sketch.hpp).
  task<supervision_tree> tree() const;
  task<std::string> sketch(sketch_format format = sketch_format::text) const;

  /// Ends all children, with `shutdown`, then the supervisor. Another reason than `normal` reaches whom it is linked
  /// to.
  task<> stop(exit_reason reason = exit_reason::normal, duration limit = infinity) const;

 private:
  dialtone::pid pid_;
};

/// Starts a supervisor, linked to the caller, who is its parent; resumed when all children are up. Throws start_failed.
task<supervisor_ref> start_link(supervisor_spec spec);
task<std::expected<supervisor_ref, start_error>> try_start_link(supervisor_spec spec);

/// A child that is a supervisor.
child_spec child(std::string id, supervisor_spec spec);

template <>
inline constexpr bool enable_sendable<supervisor_spec> = true;
template <>
inline constexpr bool enable_sendable<supervisor_ref> = true;
template <>
inline constexpr bool enable_sendable<child_error> = true;

}  // namespace dialtone
