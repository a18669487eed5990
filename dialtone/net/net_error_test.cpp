// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/net_error.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <expected>
#include <set>

#include <dialtone/base/sendable.hpp>
#include <dialtone/net/kept_error.hpp>

namespace dialtone {
namespace {

static_assert(sizeof(net_error) == 24);
static_assert(sizeof(std::expected<bytes, net_error>) == 32);
static_assert(sendable<net_error> && sendable<std::expected<bytes, net_error>>);
static_assert(std::is_nothrow_move_constructible_v<net_error> && std::is_nothrow_copy_constructible_v<net_error>);

const socket_address discard{ip_address::v4(127, 0, 0, 1), 9};

TEST(kept_error_test, is_the_error_without_its_place) {
  EXPECT_FALSE(detail::kept_error{});
  const net_error closed{net_operation::recv, net_error::closed};
  const auto reset = net_error::of_system(net_operation::send, ECONNRESET);
  EXPECT_TRUE(detail::kept_error{closed});
  EXPECT_EQ(*detail::kept_error{closed}, closed);
  EXPECT_EQ(*detail::kept_error{reset.at("somewhere")}, reset);
}

TEST(net_error_test, says_operation_place_code_and_text) {
  const net_error refused = net_error::of_system(net_operation::connect, ECONNREFUSED);
  EXPECT_EQ(to_string(refused.at(discard)), "connect 127.0.0.1:9: ECONNREFUSED (connection refused)");
  EXPECT_EQ(to_string(refused), "connect: ECONNREFUSED (connection refused)");
  EXPECT_EQ(to_string(net_error{net_operation::recv, net_error::timeout}.at(discard)),
            "recv 127.0.0.1:9: timeout (not within the time limit)");
  EXPECT_EQ(to_string(net_error{net_operation::resolve, net_error::nxdomain}.at("nowhere.test")),
            "resolve nowhere.test: nxdomain (no such name)");
  EXPECT_EQ(fmt::format("{}", net_error::of_system(net_operation::listen, EADDRINUSE)),
            "listen: EADDRINUSE (address already in use)");
  EXPECT_EQ(net_error::of_system(net_operation::send, EDOTDOT).text(), "RFS specific error");
}

TEST(net_error_test, says_host_address_and_every_attempt_before) {
  const net_error unreachable = net_error::of_system(net_operation::connect, ENETUNREACH).at(discard.with_port(7));
  const net_error refused = net_error::of_system(net_operation::connect, ECONNREFUSED).at(discard).at("host.test");
  EXPECT_EQ(to_string(refused.after({unreachable, unreachable.at(discard)})),
            "connect host.test 127.0.0.1:9: ECONNREFUSED (connection refused); before it: connect 127.0.0.1:7: "
            "ENETUNREACH (network is unreachable), connect 127.0.0.1:9: ENETUNREACH (network is unreachable)");
  EXPECT_EQ(refused.after({unreachable}).earlier().size(), 1u);
  EXPECT_EQ(*refused.address(), discard);
  EXPECT_EQ(refused.after({}), refused);
  EXPECT_NE(refused.after({unreachable}), refused);
}

TEST(net_error_test, of_a_send_says_how_much_was_not_sent_and_what_becomes_of_it) {
  const net_error late{net_operation::send, net_error::timeout};
  EXPECT_EQ(late.unsent(), std::nullopt);
  EXPECT_FALSE(late.still_sends());
  const net_error lost = late.leaving(12);
  EXPECT_EQ(lost.unsent(), 12u);
  EXPECT_FALSE(lost.still_sends());
  EXPECT_EQ(to_string(lost), "send: timeout (not within the time limit), 12 bytes not sent");
  const net_error queued = late.leaving(12, net_error::rest::queued);
  EXPECT_TRUE(queued.still_sends());
  EXPECT_EQ(to_string(queued.at(discard)),
            "send 127.0.0.1:9: timeout (not within the time limit), 12 bytes still to go out");
  EXPECT_EQ(late.leaving(0).unsent(), 0u);
  EXPECT_NE(late.leaving(0), late);
  EXPECT_NE(lost, queued);
  EXPECT_NE(lost, late.leaving(13));
  const net_error reset = net_error::of_system(net_operation::send, 4095).leaving(net_error::unsent_most);
  EXPECT_EQ(reset.unsent(), net_error::unsent_most);
  EXPECT_EQ(reset.leaving(net_error::unsent_most + 1).unsent(), net_error::unsent_most);
  EXPECT_EQ(reset.system_code(), 4095);
  EXPECT_EQ(reset.operation(), net_operation::send);
}

TEST(net_error_test, a_code_that_the_system_does_not_know_is_shown_as_its_number) {
  EXPECT_EQ(to_string(net_error::of_system(net_operation::send, 3999)), "send: unknown (error 3999)");
}

TEST(net_error_test, every_operation_and_code_has_words_of_its_own) {
  std::set<std::string_view> operations, codes;
  std::set<std::string> texts;
  for (int i = 0; i <= static_cast<int>(net_operation::interfaces); ++i)
    operations.insert(to_string(static_cast<net_operation>(i)));
  EXPECT_EQ(operations.size(), static_cast<std::size_t>(net_operation::interfaces) + 1);
  for (int i = net_error::closed; i <= net_error::system_limit; ++i) {
    const net_error error{net_operation::recv, static_cast<net_error::code_type>(i)};
    codes.insert(error.code_name());
    texts.insert(error.text());
  }
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(net_error::system_limit));
  EXPECT_EQ(texts.size(), static_cast<std::size_t>(net_error::system_limit));
  EXPECT_FALSE(codes.contains("?"));
}

TEST(net_error_test, is_compared_with_a_code_or_as_a_whole) {
  const net_error refused = net_error::of_system(net_operation::connect, ECONNREFUSED);
  EXPECT_EQ(refused, std::errc::connection_refused);
  EXPECT_EQ(refused, net_error::system);
  EXPECT_NE(refused, std::errc::timed_out);
  EXPECT_EQ(refused, net_error::of_system(net_operation::connect, ECONNREFUSED));
  EXPECT_NE(refused, net_error::of_system(net_operation::send, ECONNREFUSED));
  EXPECT_NE(refused, refused.at(discard));
  EXPECT_EQ(refused.at(discard), refused.at(discard));
  EXPECT_NE(refused.at(discard), refused.at(discard.with_port(10)));
  EXPECT_NE(refused.at(discard), refused.at("127.0.0.1:9"));
  const net_error late{net_operation::recv, net_error::timeout};
  EXPECT_EQ(late, net_error::timeout);
  EXPECT_NE(late, net_error::closed);
  EXPECT_NE(late, std::errc::timed_out);
}

TEST(net_error_test, keeps_what_it_was_given) {
  const net_error error = net_error::of_system(net_operation::accept, EMFILE);
  EXPECT_EQ(error.operation(), net_operation::accept);
  EXPECT_EQ(error.system_code(), EMFILE);
  EXPECT_EQ(error.address(), nullptr);
  EXPECT_EQ(*error.at(discard).address(), discard);
  EXPECT_EQ(error.at("here").name(), "here");
  EXPECT_EQ(error.at("here").address(), nullptr);
  EXPECT_EQ((net_error{net_operation::recv, net_error::closed}).system_code(), 0);
}

}  // namespace
}  // namespace dialtone
