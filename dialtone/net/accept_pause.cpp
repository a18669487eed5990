// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/accept_pause.hpp>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include <dialtone/net/net_events.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

bool accept_pause::is_shortage(int system_code) {
  // ENOSPC: the user may watch no more descriptors (epoll(7), max_user_watches).
  return system_code == EMFILE || system_code == ENFILE || system_code == ENOBUFS || system_code == ENOMEM ||
         system_code == ENOSPC;
}

void accept_pause::begin(scheduler& home, int system_code, const place& where) {
  constexpr std::uint64_t doublings = 5;
  static_assert(first * (1 << doublings) >= longest);
  const duration delay = std::min(longest, first * (1 << std::min(attempts_, doublings)));
  home.wheel.add(*this, after_delay(home.now(), delay));
  if (attempts_++ != 0) return;
  since_ = home.now();
  const net_error why = net_error::of_system(net_operation::accept, system_code).at(where.address);
  const std::string owner = to_string(where.owner);
  home.state.telemetry.emit(events::accept_paused, [&](telemetry::record& record) {
    record.tag("address", to_string(where.address));
    record.tag("pid", owner);
    record.tag("error", std::string{why.code_name()});
  });
  home.state.log.write(log_level::warning, {owner, ""}, fmt::format("{}; it is tried again", to_string(why)));
}

void accept_pause::end(scheduler& home, const place& where) {
  stop(home);
  const std::uint64_t failed = std::exchange(attempts_, 0);
  const duration lasted = home.now() - since_;
  const std::string owner = to_string(where.owner);
  home.state.telemetry.emit(events::accept_resumed, [&](telemetry::record& record) {
    record.tag("address", to_string(where.address));
    record.tag("pid", owner);
    record.measure("attempts", failed);
    record.measure("duration", lasted);
  });
  home.state.log.write(log_level::info, {owner, ""},
                       fmt::format("accept {}: goes on after {} ms", to_string(where.address),
                                   std::chrono::duration_cast<std::chrono::milliseconds>(lasted).count()));
}

void accept_pause::stop(scheduler& home) {
  if (is_set()) home.wheel.remove(*this);
}

}  // namespace dialtone::detail
