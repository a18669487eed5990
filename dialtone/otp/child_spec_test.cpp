// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/child_spec.hpp>

#include <gtest/gtest.h>

#include <limits>

#include <dialtone/otp/supervisor.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/testing/doubles.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::crash_when_told;

static_assert(sendable<child_spec>);
static_assert(std::is_nothrow_move_constructible_v<child_spec>);

std::string wrong(const child_spec& spec) {
  auto checked = check_child_spec(spec);
  return checked ? "" : checked.error();
}

child_spec with_backoff(backoff_options options) { return child("a", crash_when_told).backoff(options); }

TEST(child_spec, has_the_defaults_of_OTP) {
  child_spec worker = child("a", crash_when_told);
  EXPECT_EQ(worker->id, "a");
  EXPECT_EQ(worker->restart, restart_type::permanent);
  EXPECT_EQ(worker->type, child_type::worker);
  EXPECT_EQ(worker->shutdown, duration{5s});
  EXPECT_FALSE(worker->significant);
  child_spec supervisor = child("b", supervisor_spec{});
  EXPECT_EQ(supervisor->type, child_type::supervisor);
  EXPECT_EQ(supervisor->shutdown, infinity);
}

TEST(supervisor_spec, has_the_defaults_of_OTP) {
  const supervisor_spec plain;
  EXPECT_EQ(plain.strategy, supervisor_strategy::one_for_one);
  EXPECT_EQ(plain.intensity, 1u);
  EXPECT_EQ(plain.period, duration{5s});
  EXPECT_EQ(plain.auto_shutdown, auto_shutdown_type::never);
}

TEST(child_spec, copies_do_not_change_with_the_original) {
  child_spec one = child("a", crash_when_told);
  child_spec other = one;
  other.restart(restart_type::temporary).shutdown(brutal_kill).id("b");
  EXPECT_EQ(one->restart, restart_type::permanent);
  EXPECT_EQ(one->shutdown, duration{5s});
  EXPECT_EQ(one->id, "a");
  EXPECT_EQ(other->id, "b");
}

TEST(child_spec, that_is_right_is_accepted) {
  for (restart_type type : {restart_type::permanent, restart_type::transient, restart_type::temporary})
    for (duration limit : {brutal_kill, duration{0}, duration{1}, infinity})
      EXPECT_EQ(wrong(child("a", crash_when_told).restart(type).shutdown(limit)), "");
}

TEST(child_spec, what_is_wrong_is_a_sentence) {
  EXPECT_EQ(wrong(child("", crash_when_told)), "a child needs an id");
  EXPECT_EQ(wrong(child_spec{"a", child_type::worker, nullptr}), "child 'a' has no start function");
  EXPECT_EQ(wrong(child("a", crash_when_told).shutdown(-1s)), "child 'a': the time to shut down is not negative");
  EXPECT_EQ(wrong(child("a", crash_when_told).shutdown(brutal_kill - duration{1})),
            "child 'a': the time to shut down is not negative");
  EXPECT_EQ(wrong(child("a", crash_when_told).significant()), "child 'a': a permanent child cannot be significant");
}

TEST(child_spec, a_backoff_is_checked_at_its_limits) {
  EXPECT_EQ(wrong(with_backoff({})), "");
  EXPECT_EQ(wrong(with_backoff({.initial = duration{1}, .maximum = duration{1}, .factor = 1, .jitter = 0})), "");
  EXPECT_EQ(wrong(with_backoff({.jitter = 1, .reset_after = 0s})), "");
  const std::string times = "child 'a': its back-off needs 0 < initial <= maximum";
  EXPECT_EQ(wrong(with_backoff({.initial = 0s})), times);
  EXPECT_EQ(wrong(with_backoff({.initial = 1s, .maximum = 1s - duration{1}})), times);
  constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
  for (double factor : {0.99, -1.0, not_a_number})
    EXPECT_EQ(wrong(with_backoff({.factor = factor})), "child 'a': the factor of its back-off is at least 1");
  for (double jitter : {-0.01, 1.01, not_a_number})
    EXPECT_EQ(wrong(with_backoff({.jitter = jitter})), "child 'a': the jitter of its back-off is from 0 to 1");
  EXPECT_EQ(wrong(with_backoff({.reset_after = -duration{1}})),
            "child 'a': reset_after of its back-off is not negative");
}

TEST(supervisor_spec, what_is_wrong_with_it_or_below_is_a_sentence) {
  auto wrong = [](const supervisor_spec& spec) {
    auto checked = check_supervisor_spec(spec);
    return checked ? std::string{} : checked.error();
  };
  child_spec a = child("a", crash_when_told);
  child_spec significant = child("b", crash_when_told).restart(restart_type::transient).significant();
  EXPECT_EQ(wrong({}), "");
  EXPECT_EQ(wrong({.period = duration{1}, .children = {a}}), "");
  EXPECT_EQ(wrong({.period = 0s}), "the period of a supervisor is longer than nothing");
  EXPECT_EQ(wrong({.children = {a, a}}), "two children are named 'a'");
  EXPECT_EQ(wrong({.children = {significant}}), "child 'b' is significant, but its supervisor never shuts down");
  EXPECT_EQ(wrong({.auto_shutdown = auto_shutdown_type::any_significant, .children = {significant}}), "");
  supervisor_spec below{.children = {child("deep", supervisor_spec{.children = {a, a}})}};
  EXPECT_EQ(wrong({.children = {child("below", below)}}), "below 'below': below 'deep': two children are named 'a'");
}

TEST(supervisor_spec, has_as_many_children_as_the_limit_says_and_no_more) {
  supervisor_spec spec;
  for (std::size_t count = 0; count < supervisor_children_limit; ++count)
    spec.children.push_back(child(std::to_string(count), crash_when_told));
  EXPECT_TRUE(check_supervisor_spec(spec).has_value());
  spec.children.push_back(child("one more", crash_when_told));
  EXPECT_EQ(check_supervisor_spec(spec).error(), "a supervisor has at most 65536 children");
}

// --- what they start ---

std::vector<std::string> noted;

process<> note(std::string text, int number) {
  noted.push_back(text + " " + std::to_string(number));
  co_await receive<testing::end_now>();
}

process<> note_with_ticket(start_ticket ticket, std::string text) {
  noted.push_back(text);
  ticket.started();
  co_await receive<testing::end_now>();
}

class noting_server : public gen_server<noting_server> {
 public:
  struct number {
    using reply = int;
  };
  noting_server(std::string text, int number) : number_{number} { noted.push_back(text); }
  int handle_call(number) const { return number_; }

 private:
  int number_;
};

task<pid> start_twice(child_spec spec) {
  trap_exit();
  pid first = *co_await spec->start->start(spec->spawn);
  co_await yield();
  exit(first, exit_reason::kill);
  co_await receive<exited>();
  pid second = *co_await spec->start->start(spec->spawn);
  co_await yield();
  EXPECT_NE(first, second);
  co_return second;
}

TEST(child_spec, keeps_its_arguments_for_each_start) {
  testing::stepped_runtime rt;
  noted.clear();
  rt.call(start_twice, child("a", note, "text", 7));
  EXPECT_EQ(noted, (std::vector<std::string>{"text 7", "text 7"}));
}

TEST(child_spec, gives_a_ticket_to_who_takes_one) {
  testing::stepped_runtime rt;
  noted.clear();
  rt.call(start_twice, child("a", note_with_ticket, "text"));
  EXPECT_EQ(noted, (std::vector<std::string>{"text", "text"}));
}

TEST(child_spec, starts_a_gen_server) {
  testing::stepped_runtime rt;
  noted.clear();
  EXPECT_EQ(rt.run([]() -> process<> {
    pid started = co_await start_twice(child<noting_server>("a", "text", 7).spawn({.name = "noting"}));
    EXPECT_EQ(whereis("noting"), started);
    EXPECT_EQ(co_await server<noting_server>{started}.call(noting_server::number{}), 7);
  }),
            exit_reason::normal);
  EXPECT_EQ(noted, (std::vector<std::string>{"text", "text"}));
}

TEST(child_spec, takes_a_lambda_without_captures) {
  testing::stepped_runtime rt;
  noted.clear();
  rt.call(start_twice, child("a", [](int number) -> process<> { return note("lambda", number); }, 1));
  EXPECT_EQ(noted.size(), 2u);
}

TEST(restart_type, has_the_names_of_OTP) {
  EXPECT_EQ(to_string(restart_type::permanent), "permanent");
  EXPECT_EQ(to_string(restart_type::transient), "transient");
  EXPECT_EQ(to_string(restart_type::temporary), "temporary");
}

}  // namespace
}  // namespace dialtone
