// SPDX-License-Identifier: Apache-2.0
#include <apps/serve_options.hpp>

#include <gtest/gtest.h>

namespace dialtone::apps {
namespace {

using namespace std::chrono_literals;

// Each service with its endpoint, as "echo tcp://127.0.0.1:1".
std::vector<std::string> services_of(const serve_sources& sources) {
  const auto options = serve_options_of(sources);
  EXPECT_TRUE(options) << options.error();
  std::vector<std::string> result;
  if (options)
    for (const served& each : options->services)
      result.push_back(fmt::format("{} {}", to_string(each.what), each.where));
  return result;
}
using strings = std::vector<std::string>;

serve_options options_of(const serve_sources& sources) {
  const auto options = serve_options_of(sources);
  EXPECT_TRUE(options) << options.error();
  return options.value_or(serve_options{});
}

setting flag(const std::string& key, const std::string& text) { return {"--" + key, key, text}; }

std::string error_of_flag(const std::string& key, const std::string& text) {
  const auto options = serve_options_of({.flags = {flag(key, text)}});
  return options ? "none" : options.error();
}

TEST(serve_options_test, without_a_word_is_everything_on_the_machine_itself) {
  EXPECT_EQ(services_of({}),
            (strings{"chat tcp://127.0.0.1:4000", "echo tcp://127.0.0.1:5555", "hello tcp://127.0.0.1:4001",
                     "daytime tcp://127.0.0.1:4013", "daytime udp://127.0.0.1:4013"}));
  const serve_options defaults = options_of({});
  EXPECT_EQ(defaults, serve_options{});
  EXPECT_EQ(defaults.drain, 5s);
  EXPECT_EQ(defaults.schedulers, 0u);
  EXPECT_EQ(defaults.io, io::driver_choice::epoll);
  EXPECT_EQ(defaults.level, log_level::info);
}

TEST(serve_options_test, a_service_that_is_named_is_alone) {
  EXPECT_EQ(services_of({.flags = {flag("echo", "tcp://[::1]:0")}}), strings{"echo tcp://[::1]:0"});
  EXPECT_EQ(services_of({.file = {{"f:1: hello", "hello", "unix:/run/hello"}}}), strings{"hello unix:/run/hello"});
  EXPECT_EQ(services_of({.flags = {flag("echo-line", "tcp://localhost:1"), flag("daytime", "udp://127.0.0.1:2"),
                                   flag("echo-line", "unix:@two")}}),
            (strings{"echo-line tcp://localhost:1", "daytime udp://127.0.0.1:2", "echo-line unix:@two"}));
}

TEST(serve_options_test, flags_count_before_the_environment_and_that_before_the_file) {
  const setting in_file{"f:1: io", "io", "epoll"};
  const setting in_environment{"DIALTONE_IO", "io", "auto"};
  EXPECT_EQ(options_of({.file = {in_file}}).io, io::driver_choice::epoll);
  EXPECT_EQ(options_of({.file = {in_file}, .environment = {in_environment}}).io, io::driver_choice::best);
  EXPECT_EQ(options_of({.file = {in_file}, .environment = {in_environment}, .flags = {flag("io", "uring")}}).io,
            io::driver_choice::io_uring);
  EXPECT_EQ(options_of({.file = {{"f:2: drain", "drain", "7"}}, .flags = {flag("drain", "0.25")}}).drain, 250ms);
  EXPECT_EQ(services_of({.file = {{"f:1: echo", "echo", "tcp://127.0.0.1:1"}}, .flags = {flag("hello", "unix:c")}}),
            strings{"hello unix:c"});
}

TEST(serve_options_test, port_is_that_of_the_first_echo_over_tcp) {
  const setting port{"PORT", "port", "8080"};
  EXPECT_EQ(services_of({.environment = {port}})[1], "echo tcp://127.0.0.1:8080");
  EXPECT_EQ(services_of({.environment = {port}}).size(), default_services().size());
  EXPECT_EQ(services_of({.file = {{"f:1: echo", "echo", "unix:e"},
                                  {"f:1: echo", "echo", "tcp://0.0.0.0:7"},
                                  {"f:1: echo", "echo", "tcp://[::]:7"}},
                         .environment = {port}}),
            (strings{"echo unix:e", "echo tcp://0.0.0.0:8080", "echo tcp://[::]:7"}));
  EXPECT_EQ(services_of({.file = {{"f:1: hello", "hello", "tcp://0.0.0.0:7"}}, .environment = {port}}),
            strings{"hello tcp://0.0.0.0:7"});
}

TEST(serve_options_test, port_means_nothing_where_flags_name_services) {
  EXPECT_EQ(services_of({.environment = {{"PORT", "port", "none"}}, .flags = {flag("echo", "tcp://[::1]:1")}}),
            strings{"echo tcp://[::1]:1"});
  const auto refused = serve_options_of({.environment = {{"PORT", "port", "none"}}, .flags = {flag("drain", "1")}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "PORT: 'none' is no port, which is a number from 0 to 65535");
}

TEST(serve_options_test, a_port_is_at_most_65535) {
  EXPECT_EQ(services_of({.environment = {{"PORT", "port", "65535"}}})[1], "echo tcp://127.0.0.1:65535");
  EXPECT_FALSE(serve_options_of({.environment = {{"PORT", "port", "65536"}}}));
}

TEST(serve_options_test, a_url_that_is_none_is_named) {
  EXPECT_EQ(error_of_flag("echo", "127.0.0.1:7"),
            "--echo: '127.0.0.1:7': it begins neither with tcp://, udp:// nor unix:");
  EXPECT_EQ(error_of_flag("hello", "tcp://127.0.0.1"),
            "--hello: 'tcp://127.0.0.1': the port is missing (:0 is any free one), at character 16");
  EXPECT_EQ(error_of_flag("hello", "tcp://example.org:80"),
            "--hello: 'tcp://example.org:80': serve listens at addresses, and 'example.org' is a name");
}

TEST(serve_options_test, by_udp_only_daytime_is_served) {
  EXPECT_EQ(services_of({.flags = {flag("daytime", "udp://127.0.0.1:0")}}), strings{"daytime udp://127.0.0.1:0"});
  for (const char* key : {"chat", "echo", "echo-line", "hello"})
    EXPECT_TRUE(error_of_flag(key, "udp://127.0.0.1:0").contains("by UDP only daytime")) << key;
}

TEST(serve_options_test, a_path_may_have_any_bytes_but_control_characters) {
  const serve_options options =
      options_of({.flags = {flag("echo", "unix:/run/a b \xc3\xa9"), flag("echo", "unix:@a:b")}});
  EXPECT_EQ(url_of(options.services[0]), "unix:/run/a b \xc3\xa9");
  EXPECT_EQ(url_of(options.services[1]), "unix:@a:b");
  EXPECT_EQ(url_of(default_services()[0]), "tcp://127.0.0.1:4000");
  EXPECT_EQ(error_of_flag("echo", "unix:/run/a\nready"),
            "--echo: 'unix:/run/a\\x0aready': there is a control character in the path");
}

TEST(serve_options_test, endpoints_have_a_limit) {
  serve_sources sources{.flags = std::vector(served_limit, flag("echo", "tcp://127.0.0.1:0"))};
  EXPECT_EQ(services_of(sources).size(), served_limit);
  sources.flags.push_back(flag("hello", "tcp://127.0.0.1:0"));
  const auto refused = serve_options_of(sources);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "--hello: there are more than 256 endpoints");
}

TEST(serve_options_test, a_drain_is_at_most_a_day) {
  EXPECT_EQ(options_of({.flags = {flag("drain", "0")}}).drain, 0s);
  EXPECT_EQ(options_of({.flags = {flag("drain", "86400")}}).drain, 24h);
  for (const char* wrong : {"86400.5", "-1", "5s", "", "nan", "inf", "1e400"})
    EXPECT_EQ(error_of_flag("drain", wrong),
              fmt::format("--drain: '{}' is no number of seconds from 0 to 86400", wrong));
}

TEST(serve_options_test, schedulers_are_at_most_255) {
  EXPECT_EQ(options_of({.flags = {flag("schedulers", "255")}}).schedulers, 255u);
  for (const char* wrong : {"256", "-1", "two", "1.5", ""})
    EXPECT_EQ(error_of_flag("schedulers", wrong),
              fmt::format("--schedulers: '{}' is no number from 0 (one for each processor) to 255", wrong));
}

TEST(serve_options_test, a_driver_and_a_level_have_names) {
  EXPECT_EQ(error_of_flag("io", "kqueue"), "--io: 'kqueue' is not auto, uring or epoll");
  EXPECT_EQ(options_of({.flags = {flag("log-level", "debug")}}).level, log_level::debug);
  EXPECT_EQ(options_of({.flags = {flag("log-level", "off")}}).level, log_level::off);
  EXPECT_EQ(error_of_flag("log-level", "loud"),
            "--log-level: 'loud' is not one of debug, info, warning, error, critical, off");
}

}  // namespace
}  // namespace dialtone::apps
