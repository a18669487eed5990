// SPDX-License-Identifier: Apache-2.0
// Names of processes: one map for the whole runtime. Registering and looking up are plain calls, linearizable across
// schedulers; the entry of a process is gone before its death can be seen. Inside a process only.
//
// A name has 1 to 255 bytes and names one process; a process may have several names.
#pragma once

#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/runtime/pid.hpp>

namespace dialtone {

enum class name_error : std::uint8_t { taken, empty, too_long, too_many, not_alive };
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
std::expected<void, name_error> try_register_name(std::string name);

/// Takes a name of the caller's back. False when it was not the caller's.
bool unregister_name(std::string_view name);

std::optional<pid> whereis(std::string_view name);

/// All names of the runtime, sorted.
std::vector<std::string> registered_names();

}  // namespace dialtone
