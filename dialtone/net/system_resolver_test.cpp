// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/system_resolver.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

/// A name service that counts what it is asked: "a..." has the address 10.0.0.1, "later..." is not to be had now,
/// nothing else exists.
struct name_service {
  std::atomic<int> asked = 0;

  host_answer answer(const host_question& question) {
    ++asked;
    if (const auto* address = std::get_if<ip_address>(&question.subject)) return host_entry{"back.test", {*address}};
    const std::string& host = std::get<std::string>(question.subject);
    if (host.starts_with('a')) return host_entry{host, {ip_address::v4(10, 0, 0, 1)}};
    return std::unexpected{
        net_error{net_operation::resolve, host.starts_with("later") ? net_error::try_again : net_error::nxdomain}};
  }
};

class system_resolver_test : public ::testing::Test {
 protected:
  resolver make(system_resolver_options options = {.hosts_file = ""}) {
    options.look_up = [service = service_](const host_question& question) { return service->answer(question); };
    return system_resolver(std::move(options));
  }
  int asked() const { return service_->asked; }
  /// What a process finds: addresses, or the name of the code.
  std::string ask(const resolver& names, const std::string& host) { return rt_.call(find, names, host); }

  static task<std::string> find(resolver names, std::string host) {
    auto answer = co_await names.resolve(std::move(host));
    co_return answer ? to_string(answer->front()) : std::string{answer.error().code_name()};
  }

  std::shared_ptr<name_service> service_ = std::make_shared<name_service>();
  testing::stepped_runtime rt_;
};

TEST_F(system_resolver_test, an_answer_is_kept_for_its_time_and_then_asked_for_again) {
  const resolver names = make();
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.1");
  EXPECT_EQ(ask(names, "A.TEST"), "10.0.0.1");
  rt_.advance(30s - 1ms);
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.1");
  EXPECT_EQ(asked(), 1);
  rt_.advance(1ms);
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.1");
  EXPECT_EQ(asked(), 2);
}

TEST_F(system_resolver_test, that_there_is_no_such_name_is_kept_too_but_shorter) {
  const resolver names = make();
  EXPECT_EQ(ask(names, "none.test"), "nxdomain");
  rt_.advance(10s - 1ms);
  EXPECT_EQ(ask(names, "none.test"), "nxdomain");
  EXPECT_EQ(asked(), 1);
  rt_.advance(1ms);
  EXPECT_EQ(ask(names, "none.test"), "nxdomain");
  EXPECT_EQ(asked(), 2);
}

TEST_F(system_resolver_test, a_failure_of_the_moment_is_not_kept) {
  const resolver names = make();
  EXPECT_EQ(ask(names, "later.test"), "try_again");
  EXPECT_EQ(ask(names, "later.test"), "try_again");
  EXPECT_EQ(asked(), 2);
}

TEST_F(system_resolver_test, answers_are_kept_up_to_the_limit) {
  const resolver names = make({.hosts_file = "", .cache_limit = 2});
  for (const char* host : {"a1", "a2", "a1", "a2"}) ask(names, host);
  EXPECT_EQ(asked(), 2);
  ask(names, "a3");
  ask(names, "a2");
  EXPECT_EQ(asked(), 3);
  ask(names, "a1");
  EXPECT_EQ(asked(), 4);
}

TEST_F(system_resolver_test, names_of_addresses_are_found_and_kept) {
  const resolver names = make();
  auto name_of = [](resolver source) -> task<std::string> {
    co_return (co_await source.name_of(ip_address::v4(10, 0, 0, 1))).value_or("none");
  };
  EXPECT_EQ(rt_.call(name_of, names), "back.test");
  EXPECT_EQ(rt_.call(name_of, names), "back.test");
  EXPECT_EQ(asked(), 1);
}

process<> ask_and_report(resolver names, std::string host, pid whom) {
  auto answer = co_await names.resolve(std::move(host));
  send(whom, answer ? to_string(answer->front()) : std::string{answer.error().code_name()});
}

TEST_F(system_resolver_test, equal_questions_at_the_same_time_are_one_lookup) {
  EXPECT_EQ(rt_.run(
                [](resolver names) -> process<> {
                  for (int i = 0; i < 100; ++i)
                    spawn(ask_and_report, names, i % 2 == 0 ? "a.test" : "none.test", self());
                  int found = 0;
                  for (int i = 0; i < 100; ++i) found += co_await receive<std::string>() == "10.0.0.1" ? 1 : 0;
                  EXPECT_EQ(found, 50);
                },
                make()),
            exit_reason::normal);
  EXPECT_EQ(asked(), 2);
}

TEST_F(system_resolver_test, more_questions_than_may_wait_are_refused) {
  EXPECT_EQ(rt_.run(
                [](resolver names) -> process<> {
                  for (int i = 0; i < 5; ++i) spawn(ask_and_report, names, "a" + std::to_string(i), self());
                  int refused = 0;
                  for (int i = 0; i < 5; ++i) refused += co_await receive<std::string>() == "system_limit" ? 1 : 0;
                  EXPECT_EQ(refused, 2);
                },
                make({.hosts_file = "", .concurrent_lookups = 1, .waiting_limit = 3})),
            exit_reason::normal);
  EXPECT_EQ(asked(), 3);
}

TEST_F(system_resolver_test, where_no_process_can_be_started_the_answer_is_system_limit) {
  testing::stepped_runtime full{{.runtime = {.process_limit = 1}}};
  const resolver names = make();
  EXPECT_EQ(full.call(find, names, std::string{"a.test"}), "system_limit");
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.1");
}

// --- the hosts file ---

/// A file of this test's own, which goes with it.
class scratch_file {
 public:
  explicit scratch_file(std::string_view text)
      : path_{::testing::TempDir() + "system_resolver_test." + std::to_string(::getpid())} {
    write(text);
  }
  ~scratch_file() { std::filesystem::remove(path_); }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  void write(std::string_view text) const { std::ofstream{path_} << text; }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

TEST_F(system_resolver_test, names_in_the_hosts_file_need_no_lookup) {
  const scratch_file file{"10.0.0.7 a.test\n"};
  const resolver names = make({.hosts_file = file.path()});
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.7");
  auto v6_of = [](resolver source) -> task<bool> {
    co_return (co_await source.resolve("a.test", {.families = ip_families::v6})).has_value();
  };
  EXPECT_EQ(asked(), 0);
  // It has no such address in the file: somebody else may.
  EXPECT_FALSE(rt_.call(v6_of, names));
  EXPECT_EQ(asked(), 1);
}

TEST_F(system_resolver_test, a_changed_hosts_file_is_read_again_after_the_interval) {
  const scratch_file file{"10.0.0.7 a.test\n"};
  const resolver names = make({.hosts_file = file.path()});
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.7");
  file.write("10.0.0.77 a.test\n");
  rt_.advance(5s - 1ms);
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.7");
  rt_.advance(1ms);
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.77");
  std::filesystem::remove(file.path());
  rt_.advance(5s);
  EXPECT_EQ(ask(names, "a.test"), "10.0.0.1");
}

TEST_F(system_resolver_test, a_hosts_file_beyond_the_limit_is_left_to_the_system) {
  const std::string line = "10.0.0.7 a.test #";
  const scratch_file file{line + std::string(hosts_file_limit - line.size(), '-')};
  EXPECT_EQ(ask(make({.hosts_file = file.path()}), "a.test"), "10.0.0.7");
  file.write(line + std::string(hosts_file_limit - line.size() + 1, '-'));
  EXPECT_EQ(ask(make({.hosts_file = file.path()}), "a.test"), "10.0.0.1");
}

// --- threads ---

/// A lookup that lasts until the test lets it go.
struct held_service {
  std::latch entered{1};
  std::latch open{1};
  host_answer answer() {
    entered.count_down();
    open.wait();
    return host_entry{"", {ip_address::v4(10, 0, 0, 1)}};
  }
};

TEST_F(system_resolver_test, the_caller_has_its_timeout_while_the_thread_is_still_busy) {
  static testing::virtual_clock clock;  // nobody but the scheduler's thread reads it: no watchdog, no spinning
  static std::shared_ptr<held_service> held;
  held = std::make_shared<held_service>();
  const resolver names = system_resolver(
      {.hosts_file = "", .look_up = [service = held](const host_question&) { return service->answer(); }});
  runtime rt{{.schedulers = 1, .long_schedule = 0s, .spin = 0s, .clock = &clock}};
  EXPECT_EQ(rt.run(
                [](resolver source) -> process<> {
                  pid victim = spawn(ask_and_report, source, "a.test", self());
                  co_await blocking([] { held->entered.wait(); });
                  exit(victim, exit_reason::kill);
                  // Whoever asks now joins the same lookup.
                  spawn(ask_and_report, source, "a.test", self());
                  co_await yield();
                  clock.advance_to(clock.now() + resolver::default_timeout);
                  EXPECT_EQ(co_await receive<std::string>(), "timeout");
                  spawn(ask_and_report, source, "a.test", self());
                  co_await yield();
                  held->open.count_down();
                  EXPECT_EQ(co_await receive<std::string>(), "10.0.0.1");
                  auto known = co_await source.resolve("a.test");
                  EXPECT_TRUE(known.has_value());
                },
                names),
            exit_reason::normal);
}

TEST_F(system_resolver_test, a_worker_that_is_killed_leaves_the_next_question_unharmed) {
  static std::shared_ptr<held_service> held;
  held = std::make_shared<held_service>();
  auto first_is_held = [calls = std::make_shared<std::atomic<int>>(0)](const host_question&) -> host_answer {
    if ((*calls)++ == 0) return held->answer();
    return host_entry{"", {ip_address::v4(10, 0, 0, 2)}};
  };
  runtime rt{{.schedulers = 1, .blocking_threads = 1}};
  EXPECT_EQ(rt.run(
                [](resolver source) -> process<> {
                  const pid asker = spawn(ask_and_report, source, "a.test", self());
                  while (!held->entered.try_wait()) co_await yield();  // the only thread of the pool is taken
                  for (const pid one : co_await all_processes())
                    if (one != self() && one != asker) exit(one, exit_reason::kill);
                  held->open.count_down();
                  co_await blocking([] {});  // on the same thread: the lookup has returned before
                  auto answer = co_await source.resolve("a.test");
                  EXPECT_EQ(answer.value().front(), ip_address::v4(10, 0, 0, 2));
                  EXPECT_TRUE(is_alive(asker));
                },
                system_resolver({.hosts_file = "", .look_up = first_is_held})),
            exit_reason::normal);
}

TEST_F(system_resolver_test, processes_of_all_schedulers_share_lookups_and_answers) {
  constexpr int askers = 400;
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run(
                [](resolver names) -> process<> {
                  for (int i = 0; i < askers; ++i)
                    spawn({.scheduler = placement::spread()}, ask_and_report, names, "a" + std::to_string(i % 20),
                          self());
                  for (int i = 0; i < askers; ++i) EXPECT_EQ(co_await receive<std::string>(), "10.0.0.1");
                },
                make()),
            exit_reason::normal);
  EXPECT_EQ(asked(), 20);
}

TEST_F(system_resolver_test, no_more_lookups_run_at_once_than_may) {
  static std::atomic<int> running, most;
  running = most = 0;
  const resolver names =
      system_resolver({.hosts_file = "", .concurrent_lookups = 3, .look_up = [](const host_question&) -> host_answer {
                         const int now = ++running;
                         for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
                         std::this_thread::yield();
                         --running;
                         return host_entry{"", {ip_address::v4(10, 0, 0, 1)}};
                       }});
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run(
                [](resolver source) -> process<> {
                  for (int i = 0; i < 200; ++i)
                    spawn({.scheduler = placement::spread()}, ask_and_report, source, "a" + std::to_string(i), self());
                  for (int i = 0; i < 200; ++i) EXPECT_EQ(co_await receive<std::string>(), "10.0.0.1");
                },
                names),
            exit_reason::normal);
  EXPECT_LE(most, 3);
}

}  // namespace
}  // namespace dialtone
