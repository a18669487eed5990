// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/environment.hpp>

#include <gtest/gtest.h>
#include <limits>

namespace dialtone {
namespace {

static_assert(sendable<environment>);

environment some() { return {{"port", 4000}, {"host", "localhost"}, {"tls", false}, {"ratio", 0.5}}; }

// What an operation complains of.
template <class Operation>
std::string complaint(Operation operation) {
  try {
    operation();
  } catch (const environment_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(environment, gives_each_setting_as_its_type) {
  EXPECT_EQ(some().get<int>("port"), 4000);
  EXPECT_EQ(some().get<std::uint16_t>("port"), 4000);
  EXPECT_EQ(some().get<std::string>("host"), "localhost");
  EXPECT_FALSE(some().get<bool>("tls"));
  EXPECT_EQ(some().get<double>("ratio"), 0.5);
}

TEST(environment, reads_texts_as_the_type_of_the_default) {
  environment settings = some();
  settings.set("port", "-1");
  settings.set("host", "4000");
  settings.set("tls", "true");
  settings.set("ratio", "1e3");
  EXPECT_EQ(settings.get<int>("port"), -1);
  EXPECT_EQ(settings.get<std::string>("host"), "4000");
  EXPECT_TRUE(settings.get<bool>("tls"));
  EXPECT_EQ(settings.get<double>("ratio"), 1000);
}

TEST(environment, what_text_gives_set_takes) {
  environment settings = some();
  for (const std::string& key : settings.keys()) settings.set(key, settings.text(key));
  EXPECT_EQ(settings, some());
}

TEST(environment, names_what_is_wrong) {
  environment settings = some();
  EXPECT_EQ(complaint([&] { settings.set("prot", "1"); }), "there is no setting 'prot'");
  EXPECT_EQ(complaint([&] { settings.set("port", "many"); }), "setting 'port' is an integer, not 'many'");
  EXPECT_EQ(complaint([&] { settings.set("port", "1 "); }), "setting 'port' is an integer, not '1 '");
  EXPECT_EQ(complaint([&] { settings.set("port", ""); }), "setting 'port' is an integer, not ''");
  EXPECT_EQ(complaint([&] { settings.set("tls", "yes"); }), "setting 'tls' is true or false, not 'yes'");
  EXPECT_EQ(complaint([&] { settings.set("ratio", "half"); }), "setting 'ratio' is a number, not 'half'");
  EXPECT_EQ(complaint([&] { settings.get<int>("prot"); }), "there is no setting 'prot'");
  EXPECT_EQ(complaint([&] { settings.get<int>("host"); }), "setting 'host' is a text, asked for as an integer");
  EXPECT_EQ(complaint([&] { settings.text("prot"); }), "there is no setting 'prot'");
  EXPECT_EQ(settings, some());
}

TEST(environment, a_number_that_does_not_fit_is_an_error) {
  environment settings{{"size", std::int64_t{256}}};
  EXPECT_EQ(settings.get<std::uint16_t>("size"), 256);
  EXPECT_EQ(complaint([&] { settings.get<std::uint8_t>("size"); }),
            "setting 'size' is 256, which is out of range here");
  settings.set("size", std::to_string(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(settings.get<std::int64_t>("size"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(complaint([&] { settings.set("size", "9223372036854775808"); }),
            "setting 'size' is an integer, not '9223372036854775808'");
}

TEST(environment, a_key_is_there_once_and_not_empty) {
  EXPECT_EQ(complaint([] { environment twice{{"a", 1}, {"a", 2}}; }), "setting 'a' is there twice");
  EXPECT_EQ(complaint([] { environment unnamed{{"", 1}}; }), "a setting needs a key");
}

}  // namespace
}  // namespace dialtone
