// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/registry_options.hpp>

#include <fmt/format.h>

namespace dialtone {

std::string to_string(registration_error error) {
  switch (error) {
    case registration_error::already_registered:
      return "the key is registered already";
    case registration_error::entry_limit:
      return "the registry has as many entries as it may have";
    case registration_error::process_entry_limit:
      return "the process has as many entries in the registry as it may have";
    case registration_error::not_alive:
      return "there is no such process";
  }
  return "unknown registration error";
}

namespace {

std::string sentence(const registration_refusal& refusal) {
  const std::string by = refusal.owner ? fmt::format(", by {}", to_string(refusal.owner)) : "";
  return fmt::format("a registration was refused: {}{}", to_string(refusal.why), by);
}

}  // namespace

registration_refused::registration_refused(const registration_refusal& refusal)
    : exit_exception{exit_reason::custom_text(sentence(refusal))}, refusal_{refusal} {}

}  // namespace dialtone
