// SPDX-License-Identifier: Apache-2.0
// The options of a registry, with their defaults and the reasons for them, and why a registration is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone {

enum class registry_keys : std::uint8_t {
  unique,     ///< a key names one process at most
  duplicate,  ///< any number of entries under a key, several of one process too
};

struct registry_options {
  registry_keys keys = registry_keys::unique;
  /// Parts with a lock each, over which keys are spread: 1 to 1,024. Two threads rarely meet in one of 16, and they
  /// take 4 KiB. In Elixir each is a process, and the default is one.
  std::size_t partitions = 16;
  /// Entries at once. As many as a runtime has processes by default; some 2 GiB: a leak ends in refusals, not in swap.
  std::size_t entry_limit = 8'388'608;
  /// Entries of one process at once. They leave in one go when it dies: 100,000 take its scheduler some 15 ms.
  std::size_t process_entry_limit = 100'000;
  /// Names of processes (register_name) that are sent a `registered` for each entry that comes, and an `unregistered`
  /// for each that goes. Looked up each time, so that a listener may be restarted.
  std::vector<std::string> listeners = {};
};

/// Metadata that a registry may have: it is for its configuration, and who wants a table wants a process.
inline constexpr std::size_t registry_meta_limit = 1'000;

enum class registration_error : std::uint8_t {
  already_registered,   ///< keys are unique, and a process has this one: `owner`, perhaps the caller
  entry_limit,          ///< the registry has registry_options::entry_limit entries
  process_entry_limit,  ///< the caller has registry_options::process_entry_limit entries in it
  not_alive,            ///< the caller is ending
};
std::string to_string(registration_error error);

struct registration_refusal {
  registration_error why;
  pid owner = {};
};

/// A process was not registered. Uncaught, it ends the caller with a custom reason that says why.
class registration_refused : public exit_exception {
 public:
  explicit registration_refused(const registration_refusal& refusal);
  registration_error why() const { return refusal_.why; }
  /// Who has the key, when somebody has.
  pid owner() const { return refusal_.owner; }

 private:
  registration_refusal refusal_;
};

}  // namespace dialtone
