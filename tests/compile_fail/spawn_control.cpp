// SPDX-License-Identifier: Apache-2.0
// compiles
#include <memory>
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::process<> serve(int port, std::string host);

dt::process<> serve_without_failing(std::unique_ptr<std::string> host) noexcept;
dt::task<int> answer(int question) noexcept;

void start(dt::runtime& rt, const dt::spawn_options& options, dt::runtime_options given) {
  dt::spawn(serve, 4000, "localhost");
  dt::spawn(&serve, short{80}, std::string{"localhost"});
  dt::spawn_link(options, serve_without_failing, std::make_unique<std::string>("localhost"));
  dt::spawn_link({.name = "server"}, [](int) -> dt::process<> { co_return; }, 4000);
  static_cast<void>(dt::try_spawn(serve, 4000, "localhost"));
  static_cast<void>(dt::try_spawn_link(options, serve, 4000, "localhost"));
  static_cast<void>(dt::try_spawn_monitor(serve, 4000, "localhost"));
  rt.spawn(options, serve, 4000, "localhost");
  rt.run({.name = "server"}, serve, 4000, "localhost");
  rt.call(answer, 42);
  rt.call([](int question) -> dt::task<int> { co_return question; }, 42);
  dt::run(given, serve, 4000, "localhost");
}
