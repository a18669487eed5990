// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/resolver.hpp>

#include <gtest/gtest.h>
#include <net/if.h>

#include <fmt/format.h>

#include <dialtone/base/sendable.hpp>
#include <dialtone/net/services.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

static_assert(sendable<resolver> && sendable<host_answer> && sendable<resolve_options>);
static_assert(std::copyable<resolver> && !std::default_initializable<resolver>);

constexpr std::string_view hosts = "10.0.0.1 db.test db\n2001:db8::1 db.test\n2001:db8::2 six.test\n";

task<resolver::addresses> resolve(resolver names, std::string host, resolve_options options) {
  co_return co_await names.resolve(std::move(host), options);
}
task<resolver::name> name_of(resolver names, ip_address address) { co_return co_await names.name_of(address); }

/// The addresses as a text, or the error's.
std::string addresses_of(const resolver& names, const std::string& host, ip_families families = ip_families::any) {
  testing::stepped_runtime rt;
  auto answer = rt.call(resolve, names, host, resolve_options{.families = families});
  return answer ? fmt::format("{}", fmt::join(*answer, " ")) : to_string(answer.error());
}

/// A source that asserts that nobody asks it.
class mute_source final : public resolver_source {
 public:
  task<host_answer> look_up(host_question question, time_point) override {
    ADD_FAILURE() << "asked for " << to_string(question);
    co_return std::unexpected{net_error{net_operation::resolve, net_error::no_recovery}};
  }
};

/// A source that never answers.
class silent_source final : public resolver_source {
 public:
  task<host_answer> look_up(host_question, time_point) override {
    struct nothing {};
    co_await receive<nothing>();
    co_return host_entry{};
  }
};

TEST(resolver_test, literal_addresses_and_localhost_need_no_source) {
  const resolver names{std::make_shared<mute_source>()};
  EXPECT_EQ(addresses_of(names, "10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(addresses_of(names, "2001:DB8::1"), "2001:db8::1");
  EXPECT_EQ(addresses_of(names, "fe80::1%7"), "fe80::1%7");
  EXPECT_EQ(addresses_of(names, "fe80::1%lo"), fmt::format("fe80::1%{}", ::if_nametoindex("lo")));
  EXPECT_EQ(addresses_of(names, "localhost"), "127.0.0.1 ::1");
  EXPECT_EQ(addresses_of(names, "LocalHost.", ip_families::v6), "::1");
  EXPECT_EQ(addresses_of(names, "a.localhost", ip_families::v4), "127.0.0.1");
  EXPECT_EQ(addresses_of(names, "::1", ip_families::v4), "resolve ::1: nxdomain (no such name)");
}

TEST(resolver_test, what_is_no_name_never_reaches_a_source) {
  const resolver names{std::make_shared<mute_source>()};
  for (const char* host : {"127.1", "a b", "", "fe80::1%nowhere0", "1.2.3.256", "[::1]"})
    EXPECT_TRUE(addresses_of(names, host).ends_with("bad_name (this cannot be the name of a host)")) << host;
  EXPECT_LT(addresses_of(names, std::string(100'000, 'a')).size(), 500u);
}

TEST(resolver_test, a_table_answers_by_family_and_back) {
  const resolver names = hosts_resolver(hosts);
  EXPECT_EQ(addresses_of(names, "DB.test"), "10.0.0.1 2001:db8::1");
  EXPECT_EQ(addresses_of(names, "db.test", ip_families::v4), "10.0.0.1");
  EXPECT_EQ(addresses_of(names, "db.test", ip_families::v6), "2001:db8::1");
  EXPECT_EQ(addresses_of(names, "six.test", ip_families::v4), "resolve six.test: nxdomain (no such name)");
  EXPECT_EQ(addresses_of(names, "nowhere.test"), "resolve nowhere.test: nxdomain (no such name)");
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.call(name_of, names, ip_address::v4(10, 0, 0, 1)), "db.test");
  EXPECT_EQ(rt.call(name_of, names, ip_address::v4(10, 0, 0, 1).mapped()), "db.test");
  EXPECT_EQ(to_string(rt.call(name_of, names, ip_address::v4(10, 0, 0, 9)).error()),
            "resolve 10.0.0.9: nxdomain (no such name)");
}

task<duration> time_until_timeout(resolver names, std::optional<duration> limit) {
  const time_point start = now();
  auto answer = co_await names.resolve("db.test", {.deadline = limit ? start + *limit : never});
  EXPECT_EQ(answer.error(), net_error::timeout);
  EXPECT_EQ(answer.error().name(), "db.test");
  co_return now() - start;
}

TEST(resolver_test, the_caller_has_its_answer_at_its_deadline) {
  const resolver names{std::make_shared<silent_source>()};
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.call(time_until_timeout, names, std::optional<duration>{100ms}), 100ms);
  EXPECT_EQ(rt.call(time_until_timeout, names, std::optional<duration>{}), resolver::default_timeout);
  EXPECT_EQ(rt.call(time_until_timeout, names, std::optional<duration>{-1ms}), 0ms);
}

TEST(resolver_test, families_are_interleaved_from_the_first_one_on) {
  auto mixed = [](std::initializer_list<const char*> texts) {
    std::vector<ip_address> addresses;
    for (const char* text : texts) addresses.push_back(ip_address::parse(text).value());
    return fmt::format("{}", fmt::join(interleave_families(addresses), " "));
  };
  EXPECT_EQ(mixed({"::1", "::2", "::3", "1.0.0.0", "2.0.0.0"}), "::1 1.0.0.0 ::2 2.0.0.0 ::3");
  EXPECT_EQ(mixed({"1.0.0.0", "::1", "::2", "::3"}), "1.0.0.0 ::1 ::2 ::3");
  EXPECT_EQ(mixed({"1.0.0.0", "2.0.0.0"}), "1.0.0.0 2.0.0.0");
  EXPECT_EQ(mixed({}), "");
}

task<std::expected<std::uint16_t, net_error>> port_of(std::string service, std::string protocol) {
  co_return co_await port_of_service(std::move(service), std::move(protocol));
}
task<std::expected<std::string, net_error>> service_of(std::uint16_t port, std::string protocol) {
  co_return co_await service_of_port(port, std::move(protocol));
}

TEST(resolver_test, services_without_a_name_or_port_are_nxdomain) {
  testing::stepped_runtime rt;
  EXPECT_EQ(to_string(rt.call(port_of, std::string{"no-such-service"}, std::string{"tcp"}).error()),
            "resolve no-such-service/tcp: nxdomain (no such name)");
  EXPECT_EQ(rt.call(service_of, std::uint16_t{65'533}, std::string{"tcp"}).error(), net_error::nxdomain);
}

TEST(resolver_test, the_names_of_services_are_those_of_the_systems_file) {
  // A machine without the file has no names, which is its answer too.
  const bool has_file = !io::read_file("/etc/services", 1).empty();
  testing::stepped_runtime rt;
  auto port = rt.call(port_of, std::string{"https"}, std::string{"tcp"});
  EXPECT_EQ(port.value_or(0), has_file ? 443 : 0);
  auto name = rt.call(service_of, std::uint16_t{80}, std::string{"tcp"});
  EXPECT_EQ(name.value_or(""), has_file ? "http" : "");
}

}  // namespace
}  // namespace dialtone
