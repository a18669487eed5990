// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/registry_via.hpp>

#include <dialtone/runtime/spawn_options.hpp>

namespace dialtone::detail {

spawn_error spawn_error_of(registration_error why) {
  switch (why) {
    case registration_error::already_registered:
      return spawn_error::name_taken;
    case registration_error::entry_limit:
    case registration_error::process_entry_limit:
    case registration_error::not_alive:
      break;
  }
  return spawn_error::key_limit;
}

}  // namespace dialtone::detail
