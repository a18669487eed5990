// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/call.hpp>

#include <fmt/format.h>

namespace dialtone {

namespace {

std::string sentence(std::string_view request, pid server, const exit_reason& reason) {
  std::string to = server ? " to " + to_string(server) : std::string{};
  return fmt::format("the call {}{} failed: {}", request, to, to_string(reason));
}

exit_reason reason_of_caller(std::string_view request, pid server, exit_reason reason) {
  if (reason != exit_reason::normal) return reason;
  return exit_reason::custom_text(sentence(request, server, reason));
}

}  // namespace

call_failed::call_failed(std::string_view request, pid server, const exit_reason& reason)
    : exit_exception{reason_of_caller(request, server, reason)},
      text_{sentence(request, server, reason)},
      server_{server} {}

namespace detail {

bool sent_request::begin() {
  if (!server)
    failure = exit_reason::noproc;
  else if (server == calling_process().self())
    failure = exit_reason::calling_self;
  else
    watch(server);
  return !complete();
}

// As dialtone::send: to a process of this scheduler that has ended meanwhile, it is destroyed.
void sent_request::send_signal(signal& made) {
  core& here = *this_core;
  if (made.to.scheduler() != here.index) return here.send_remote(made);
  process_block* receiver = here.slots.find(made.to);
  if (receiver == nullptr) return destroy(&made);
  here.deliver(*receiver, made);
}

}  // namespace detail

}  // namespace dialtone
