// SPDX-License-Identifier: Apache-2.0
#include <apps/serve_file.hpp>

#include <gtest/gtest.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace dialtone::apps {
namespace {

std::string error_of(std::string_view text) {
  const auto said = parse_serve_file(text, "serve.toml");
  return said ? "none" : said.error();
}

constexpr std::string_view there_are =
    "there is no such key; there are chat, echo, echo-line, hello, daytime, drain, schedulers, io, log-level";

TEST(serve_file_test, says_what_flags_could) {
  const auto said = parse_serve_file(R"(# a comment
echo = ["tcp://127.0.0.1:1",
        "unix:/run/echo"]
hello = "tcp://127.0.0.1:2"
drain = 2.5
schedulers = 3
io = "auto"
log-level = "debug"
)",
                                     "serve.toml");
  ASSERT_TRUE(said) << said.error();
  EXPECT_EQ(*said, (std::vector<setting>{{"serve.toml:2: echo", "echo", "tcp://127.0.0.1:1"},
                                         {"serve.toml:3: echo", "echo", "unix:/run/echo"},
                                         {"serve.toml:4: hello", "hello", "tcp://127.0.0.1:2"},
                                         {"serve.toml:5: drain", "drain", "2.5"},
                                         {"serve.toml:6: schedulers", "schedulers", "3"},
                                         {"serve.toml:7: io", "io", "auto"},
                                         {"serve.toml:8: log-level", "log-level", "debug"}}));
  EXPECT_EQ(parse_serve_file("", "serve.toml"), std::vector<setting>{});
}

TEST(serve_file_test, a_value_that_means_nothing_is_told_with_file_line_and_key) {
  const auto options = serve_options_of({.file = *parse_serve_file("\n\ndrain = -1", "serve.toml")});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error(), "serve.toml:3: drain: '-1' is no number of seconds from 0 to 86400");
}

TEST(serve_file_test, an_unknown_key_is_an_error) {
  EXPECT_EQ(error_of("drain = 5\necoh = 'tcp://127.0.0.1:1'"), fmt::format("serve.toml:2: ecoh: {}", there_are));
  EXPECT_EQ(error_of("[tls]\nkey = 'a'"), fmt::format("serve.toml:1: tls: {}", there_are));
  EXPECT_EQ(error_of("port = 1"), fmt::format("serve.toml:1: port: {}", there_are));
}

TEST(serve_file_test, the_first_mistake_is_told) {
  EXPECT_EQ(error_of("z = 1\na = 1"), fmt::format("serve.toml:1: z: {}", there_are));
}

TEST(serve_file_test, a_value_of_another_type_is_an_error) {
  EXPECT_EQ(error_of("drain = '5'"), "serve.toml:1: drain: it is a text, and has to be a number");
  EXPECT_EQ(error_of("\nschedulers = 1.5"), "serve.toml:2: schedulers: it is a number, and has to be a whole number");
  EXPECT_EQ(error_of("schedulers = true"),
            "serve.toml:1: schedulers: it is true or false, and has to be a whole number");
  EXPECT_EQ(error_of("io = 1"), "serve.toml:1: io: it is a number, and has to be a text in quotes");
  EXPECT_EQ(error_of("log-level = 1979-05-27"),
            "serve.toml:1: log-level: it is a date or a time, and has to be a text in quotes");
  EXPECT_EQ(error_of("echo = 5555"),
            "serve.toml:1: echo: it is a number, and has to be a URL in quotes, or an array of them");
  EXPECT_EQ(error_of("echo = ['tcp://a:1',\n []]"),
            "serve.toml:2: echo: it is an array, and has to be a URL in quotes, or an array of them");
  EXPECT_EQ(error_of("[echo]\nurl = 'tcp://a:1'"),
            "serve.toml:1: echo: it is a table, and has to be a URL in quotes, or an array of them");
  EXPECT_EQ(error_of("echo = []"),
            "serve.toml:1: echo: the array is empty; without the key the service is not started");
}

TEST(serve_file_test, what_is_no_toml_is_told_with_its_line) {
  EXPECT_TRUE(error_of("drain = 5\n  echo = ?\n").starts_with("serve.toml:2: echo: "));
  EXPECT_TRUE(error_of("drain = 5\n\ndrain = 6\n").starts_with("serve.toml:3: drain: "));
  EXPECT_TRUE(error_of("echo = [").starts_with("serve.toml:1: echo: "));
  EXPECT_TRUE(error_of("\n= 5").starts_with("serve.toml:2: "));
  for (const char* text : {"a", "a\n", "a\n\n'", "[", "\n\n\n'"})
    EXPECT_TRUE(error_of(text).starts_with("serve.toml:")) << text;
  EXPECT_TRUE(error_of("\xff\xfe").starts_with("serve.toml:1: "));
}

// A folder for one test, which is gone with it.
class serve_files : public ::testing::Test {
 protected:
  serve_files() {
    std::string name = (std::filesystem::temp_directory_path() / "dialtone_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~serve_files() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& text) {
    const auto path = (folder_ / "serve.toml").string();
    std::ofstream{path} << text;
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(serve_files, are_read) {
  const std::string path = write("drain = 1");
  EXPECT_EQ(read_serve_file(path), (std::vector<setting>{{path + ":1: drain", "drain", "1"}}));
}

TEST_F(serve_files, that_cannot_be_read_are_named) {
  const std::string missing = (folder_ / "missing").string();
  EXPECT_EQ(read_serve_file(missing).error(),
            fmt::format("cannot read the configuration file {}: No such file or directory", missing));
  EXPECT_EQ(read_serve_file(folder_.string()).error(),
            fmt::format("cannot read the configuration file {}: Is a directory", folder_.string()));
}

TEST_F(serve_files, have_at_most_a_mebibyte) {
  const std::string start = "drain = 1\n#";
  EXPECT_TRUE(read_serve_file(write(start + std::string(configuration_limit - start.size(), '.'))));
  const std::string path = write(start + std::string(configuration_limit - start.size() + 1, '.'));
  EXPECT_EQ(read_serve_file(path).error(), fmt::format("the configuration file {} is larger than 1048576 bytes", path));
}

}  // namespace
}  // namespace dialtone::apps
