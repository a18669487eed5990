// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/application.hpp>

#include <fmt/format.h>

#include <dialtone/otp/application_controller.hpp>

namespace dialtone {

using detail::application_controller;

configured parse_configured(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::size_t dot = text.substr(0, equals).find('.');
  if (equals == std::string_view::npos || dot == std::string_view::npos || dot == 0 || dot + 1 == equals)
    throw environment_error{fmt::format("a setting is written APPLICATION.KEY=VALUE, not '{}'", text)};
  return {std::string{text.substr(0, dot)}, std::string{text.substr(dot + 1, equals - dot - 1)},
          std::string{text.substr(equals + 1)}};
}

process<> run_application(application program, std::vector<configured> configuration) {
  trap_exit();
  auto controller = co_await try_start_link<application_controller>({.name = application_controller::registered},
                                                                    std::move(program), std::move(configuration));
  if (!controller) exit(controller.error().reason());
  exited told = co_await receive<exited>();
  if (told.pid == controller->pid()) exit(told.reason);
  co_await controller->stop(exit_reason::shutdown);
  exit(told.reason);
}

int run(application program, application_options options) {
  runtime_options with = std::move(options.runtime);
  with.handle_signals = true;
  with.stop_timeout = options.stop_limit;
  return run(std::move(with), run_application, std::move(program), std::move(options.configuration));
}

task<std::vector<application_info>> which_applications() {
  co_return co_await named<application_controller>{application_controller::registered}.call(
      application_controller::which_request{}, infinity);
}

}  // namespace dialtone
