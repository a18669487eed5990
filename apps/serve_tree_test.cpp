// SPDX-License-Identifier: Apache-2.0
#include <apps/serve_tree.hpp>

#include <gtest/gtest.h>

#include <dialtone/net/listener.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/runtime.hpp>

namespace dialtone::apps {
namespace {

using strings = std::vector<std::string>;

serve_options options_of_flags(const std::vector<std::pair<service, std::string>>& flags) {
  serve_sources sources;
  for (const auto& [what, url] : flags) {
    const std::string key{to_string(what)};
    sources.flags.push_back({"--" + key, key, url});
  }
  const auto options = serve_options_of(sources);
  EXPECT_TRUE(options) << options.error();
  return options.value_or(serve_options{});
}

// One of each kind, wherever the system has room.
serve_options everything() {
  std::vector<std::pair<service, std::string>> flags;
  for (const service what : all_services) flags.emplace_back(what, "tcp://127.0.0.1:0");
  flags.emplace_back(service::daytime, "udp://127.0.0.1:0");
  flags.emplace_back(service::echo, "tcp://127.0.0.1:0");
  return options_of_flags(flags);
}

TEST(serve_tree_test, has_a_name_for_each_endpoint) {
  const serve_options options = options_of_flags({{service::echo, "tcp://127.0.0.1:0"},
                                                  {service::echo, "unix:/run/e"},
                                                  {service::echo, "tcp://127.0.0.1:0"},
                                                  {service::hello, "tcp://127.0.0.1:0"},
                                                  {service::echo, "tcp://127.0.0.1:0"}});
  EXPECT_EQ(names_of(options.services),
            (strings{"echo tcp://127.0.0.1:0", "echo unix:/run/e", "echo tcp://127.0.0.1:0 (2)",
                     "hello tcp://127.0.0.1:0", "echo tcp://127.0.0.1:0 (3)"}));
}

TEST(serve_tree_test, has_names_that_processes_may_have) {
  const std::string longest = "unix:" + std::string(socket_address::path_limit, 'p');
  const auto options = options_of_flags({{service::echo_line, longest}, {service::echo_line, longest}});
  for (const std::string& name : names_of(options.services)) EXPECT_LE(name.size(), 255u);
}

TEST(serve_tree_test, is_drawn_with_each_endpoint) {
  const std::string drawn = sketch(serve_tree({}));
  for (const served& each : default_services())
    EXPECT_TRUE(drawn.contains(fmt::format("{} {}", to_string(each.what), each.where))) << drawn;
  EXPECT_TRUE(check_supervisor_spec(serve_tree({})).has_value());
}

process<> compare_with_running(serve_options options) {
  const supervisor_spec tree = serve_tree(options);
  const supervisor_ref running = co_await start_link(tree);
  EXPECT_EQ(co_await running.sketch(), sketch(tree));
  for (const std::string& name : names_of(options.services)) EXPECT_TRUE(whereis(name).has_value()) << name;
  const listener_ref echo{whereis("echo tcp://127.0.0.1:0").value_or(pid{})};
  EXPECT_NE((co_await echo.addresses()).front().port(), 0);
}

TEST(serve_tree_test, is_what_runs) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run(compare_with_running, everything()), exit_reason::normal);
}

}  // namespace
}  // namespace dialtone::apps
