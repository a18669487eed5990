// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/registered_name.hpp>

#include <fmt/format.h>

#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone {

std::string to_string(name_error error) {
  switch (error) {
    case name_error::taken:
      return "the name is taken";
    case name_error::empty:
      return "a name has at least one byte";
    case name_error::too_long:
      return "a name has at most 255 bytes";
    case name_error::too_many:
      return "the runtime has as many names as it may have";
    case name_error::not_alive:
      return "there is no such process";
  }
  return "unknown name error";
}

name_refused::name_refused(const std::string& name, name_error why)
    : std::runtime_error{fmt::format("the name '{}' was refused: {}", name, to_string(why))}, why_{why} {}

namespace {

name_error error_of(detail::name_refusal refusal) {
  switch (refusal) {
    case detail::name_refusal::taken:
      return name_error::taken;
    case detail::name_refusal::empty:
      return name_error::empty;
    case detail::name_refusal::too_long:
      return name_error::too_long;
    case detail::name_refusal::too_many:
      return name_error::too_many;
  }
  return name_error::too_many;
}

}  // namespace

std::expected<void, name_error> try_register_name(std::string name) {
  detail::scheduler& here = detail::this_scheduler_of_process();
  detail::process_block& caller = *here.current;
  // A process whose names have been released already would leave this one behind.
  if (caller.has(detail::dying)) return std::unexpected{name_error::not_alive};
  auto inserted = here.state.registered.insert(name, caller.self().value());
  if (!inserted) return std::unexpected{error_of(inserted.error())};
  detail::details(caller).names.push_back(std::move(name));
  caller.flags |= detail::named;
  return {};
}

void register_name(const std::string& name) {
  auto registered = try_register_name(name);
  if (!registered) throw name_refused{name, registered.error()};
}

bool unregister_name(std::string_view name) {
  detail::scheduler& here = detail::this_scheduler_of_process();
  if (!here.state.registered.erase(name, here.current->self().value())) return false;
  std::erase(detail::details(*here.current).names, name);
  return true;
}

void unregister_names() {
  detail::process_block& caller = *detail::this_scheduler_of_process().current;
  if (caller.details == nullptr) return;
  while (!caller.details->names.empty()) {
    std::string name = caller.details->names.back();
    if (!unregister_name(name)) caller.details->names.pop_back();
  }
}

std::optional<pid> whereis(std::string_view name) {
  auto found = detail::this_scheduler_of_process().state.registered.find(name);
  if (!found) return std::nullopt;
  return pid::from_value(*found);
}

std::vector<std::string> registered_names() { return detail::this_scheduler_of_process().state.registered.all(); }

}  // namespace dialtone
