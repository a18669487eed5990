// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/call.hpp>

#include <fmt/format.h>

namespace dialtone {

call_failed::call_failed(std::string_view request, pid server, exit_reason reason)
    : exit_exception{std::move(reason)}, server_{server} {
  std::string to = server ? " to " + to_string(server) : std::string{};
  text_ = fmt::format("the call {}{} failed: {}", request, to, to_string(this->reason()));
}

namespace detail {

bool sent_request::open() {
  if (!server)
    pending.failure = exit_reason::noproc;
  else if (server == calling_process().self())
    pending.failure = exit_reason::calling_self;
  else
    pending.watch(server);
  return !pending.complete();
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
