// SPDX-License-Identifier: Apache-2.0
// Names of processes: one map for the whole runtime. Registering and looking up are plain calls, linearizable across
// schedulers; the entry of a process is gone before its death can be seen. Inside a process only; from outside,
// runtime::whereis.
//
// A name has 1 to 255 bytes and names one process; a process may have several names. A runtime has at most a million.
#pragma once

#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/runtime/pid.hpp>

namespace dialtone {

enum class name_error : std::uint8_t {
  taken,      ///< by another process, or by the caller already
  empty,      ///< it has no byte
  too_long,   ///< it has more than 255 bytes
  too_many,   ///< the runtime has a million names
  not_alive,  ///< the caller is ending
};
std::string to_string(name_error error);

class name_refused : public std::runtime_error {
 public:
  name_refused(const std::string& name, name_error why);
  name_error why() const { return why_; }

 private:
  name_error why_;
};

/// Names the caller; throws name_refused when it cannot have the name.
void register_name(const std::string& name);
/// As register_name, with the error as a value.
std::expected<void, name_error> try_register_name(std::string name);

/// Takes a name of the caller's back. False when it was not the caller's.
bool unregister_name(std::string_view name);

/// Takes all names of the caller's back.
void unregister_names();

/// Who has the name now; empty if nobody has.
std::optional<pid> whereis(std::string_view name);

/// All names of the runtime, sorted.
std::vector<std::string> registered_names();

}  // namespace dialtone
