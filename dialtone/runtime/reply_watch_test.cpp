// SPDX-License-Identifier: Apache-2.0
// A pending reply whose server is known only after its address is: the server that is given the address at its start.
#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using result = std::expected<int, exit_reason>;

process<> answer_at_once(reply_to<int> to) {
  reply(to, 7);
  co_return;
}
process<> crash_at_once(reply_to<int>) { exit(testing::because("as planned")); }

class watched_later : public testing::two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, watched_later, testing::beside_and_elsewhere, testing::name_of_place);

TEST_P(watched_later, a_server_that_answers_and_dies_has_answered) {
  run([](std::uint32_t where) -> process<> {
    pending_reply<int> answer;
    answer.watch(spawn(testing::on(where), answer_at_once, answer.address()));
    EXPECT_EQ(co_await answer.within(1s), result{7});
  });
}

TEST_P(watched_later, the_death_of_the_server_is_the_failure) {
  run([](std::uint32_t where) -> process<> {
    pending_reply<int> answer;
    answer.watch(spawn(testing::on(where), crash_at_once, answer.address()));
    EXPECT_EQ(co_await answer.within(1s), result{std::unexpected{testing::because("as planned")}});
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
  });
}

TEST_P(watched_later, a_server_that_is_dead_by_then_is_noproc) {
  run([](std::uint32_t where) -> process<> {
    pending_reply<int> answer;
    pid dead = spawn(testing::on(where), testing::end_at_once);
    co_await testing::await_death(dead);
    answer.watch(dead);
    EXPECT_EQ(co_await answer.within(1s), result{std::unexpected{exit_reason::noproc}});
  });
}

TEST_P(watched_later, an_answer_that_came_before_the_watch_counts) {
  run([](std::uint32_t where) -> process<> {
    pending_reply<int> answer;
    pid dead = spawn(testing::on(where), answer_at_once, answer.address());
    co_await testing::await_death(dead);
    answer.watch(dead);
    EXPECT_EQ(co_await answer.within(1s), result{7});
  });
}

}  // namespace
}  // namespace dialtone
