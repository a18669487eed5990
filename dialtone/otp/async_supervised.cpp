// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_supervised.hpp>

#include <dialtone/otp/dynamic_supervisor_server.hpp>
#include <dialtone/otp/gen_server.hpp>

namespace dialtone::detail {

task<std::expected<pid, async_refused>> start_forgotten_child(dynamic_supervisor_ref supervisor,
                                                              async_start_options options,
                                                              std::shared_ptr<const child_start> start) {
  child_spec spec{std::move(options.id), child_type::worker, std::move(start)};
  spec.restart(options.restart).shutdown(options.shutdown).spawn(std::move(options.process));
  co_return async_answer(supervisor.pid(), co_await server<dynamic_supervisor_server>{supervisor.pid()}.try_call(
                                               dynamic_supervisor_server::start_request{std::move(spec)}, infinity));
}

}  // namespace dialtone::detail
