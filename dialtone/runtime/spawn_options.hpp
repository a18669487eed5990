// SPDX-License-Identifier: Apache-2.0
// How a process is started: where, under which name, with which limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <dialtone/runtime/pid.hpp>
#include <dialtone/runtime/via_name.hpp>

namespace dialtone {

/// On which scheduler a process runs, for all its life: there is no migration.
class placement {
 public:
  /// That of the caller: messages between the two stay on one core. The default of spawn.
  static constexpr placement local() { return placement{-1}; }
  /// One scheduler after the other, by a turn of the caller's own.
  static constexpr placement spread() { return placement{-2}; }
  /// A given one, counted from 0; asserts at the spawn that it exists.
  static constexpr placement on(std::uint32_t scheduler) { return placement{scheduler}; }

  constexpr bool is_local() const { return where_ == -1; }
  constexpr bool is_spread() const { return where_ == -2; }
  constexpr std::uint32_t scheduler() const { return static_cast<std::uint32_t>(where_); }

 private:
  explicit constexpr placement(std::int64_t where) : where_{where} {}
  std::int64_t where_;  // wider than an index: no index is taken for one of the two values below zero
};

/// What happens to messages of users that meet a mailbox at its hard limit (four times its limit).
enum class mailbox_policy : std::uint8_t {
  kill,         ///< the receiver ends with `mailbox_overflow`: it has lost control of its work
  refuse,       ///< the message is destroyed and counted; a call gets `overloaded`
  drop_oldest,  ///< the oldest message is destroyed and counted; a call gets `overloaded`
};

/// No limit, for mailbox_limit and memory_limit.
inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
/// Stands for the runtime's default.
inline constexpr std::size_t runtime_default = 0;

struct spawn_options {
  /// Registered before the process runs; gone before its death is seen. At most 255 bytes; empty: none.
  std::string name = {};
  /// A key of a registry (registry::via), registered before the process runs; it leaves with the process. On another
  /// scheduler it is registered there: a process that then finds the key taken ends at once, with a custom reason, and
  /// a start that waits for it (start.hpp) fails with `already_started`.
  via_name via = {};
  /// For people: shown by process_info, crash reports and exit events. Need not be unique.
  std::string label = {};
  placement scheduler = placement::local();
  /// Messages of users in the mailbox above which senders are held at their next await
  /// (runtime_options::mailbox_limit). At four times as many, mailbox_overflow decides.
  std::size_t mailbox_limit = runtime_default;
  mailbox_policy mailbox_overflow = mailbox_policy::kill;
  /// Bytes of frames and queued messages above which the process is ended with `memory_limit`. Looked at with each
  /// frame that is made and each message that is queued; what these own on the heap is not counted.
  std::size_t memory_limit = unlimited;
  /// As trap_exit() before anything can arrive.
  bool trap_exit = false;
};

/// Why a process was not started.
enum class spawn_error : std::uint8_t {
  process_limit,  ///< runtime_options::process_limit processes are alive
  memory_limit,   ///< the runtime holds runtime_options::memory_limit bytes
  name_taken,     ///< another process has the name, or the key
  name_limit,     ///< the runtime has as many names as it may have
  bad_name,       ///< the name is longer than 255 bytes
  key_limit,      ///< the registry has as many entries as it may have
};
std::string to_string(spawn_error error);

}  // namespace dialtone
