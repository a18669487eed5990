// SPDX-License-Identifier: Apache-2.0
// Questions and answers over UDP, as of DNS: datagrams are lost, doubled and overtake each other, names do not resolve,
// the server loses its power, and clients ask again until they have their own answer to each question.
#include <string>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t port = 53;

std::string answer_to(std::string_view question) { return "answer to " + std::string{question}; }

process<> answer_all() {
  auto socket = co_await udp::open({.address = "0.0.0.0", .port = port});
  for (;;)
    if (auto asked = co_await socket->recv()) co_await socket->send(asked->source, answer_to(asked->bytes.view()));
}

task<std::optional<socket_address>> address_of_server() {
  auto found = co_await default_resolver().resolve("server");
  if (found) co_return socket_address{found->front(), port};
  const net_error::code_type why = found.error().code();
  EXPECT_TRUE(why == net_error::nxdomain || why == net_error::try_again) << to_string(found.error());
  co_return std::nullopt;
}

/// Its own, within a time limit; false: it has not come. Older ones and doubles of them come too.
task<bool> has_answer(udp::socket socket, std::string question) {
  const time_point last = after_delay(now(), 50ms);
  while (now() < last) {
    auto got = co_await socket.recv(last - now());
    if (!got) break;
    EXPECT_TRUE(got->bytes.view().starts_with("answer to ")) << got->bytes.view();
    if (got->bytes.view() == answer_to(question)) co_return true;
  }
  co_return false;
}

process<> ask_all(int me, int questions) {
  auto socket = co_await udp::open();
  for (int asked = 0; asked < questions;) {
    const auto server = co_await address_of_server();
    if (!server) {
      co_await sleep_for(10ms);
      continue;
    }
    const std::string question = std::to_string(me) + "/" + std::to_string(asked);
    co_await socket->send(*server, question);
    if (co_await has_answer(*socket, question)) ++asked;
  }
}

link_options some_bad_link(simulation& run) {
  return {.delay = latency::long_tailed(100us, 1ms, 100ms),
          .loss = probability::percent(run.draw(40)),
          .duplication = probability::percent(run.draw(40)),
          .reordering = probability::percent(run.draw(40))};
}

void trouble_with_names(simulation& run) {
  run.set_names({.delay = latency::uniform(1ms, 30ms), .failures = probability::percent(run.draw(50))});
  run.schedule(std::chrono::milliseconds{run.draw(300)}, [&run] { run.fail_name("server", net_error::nxdomain); });
  run.schedule(400ms, [&run] { run.mend_name("server"); });
}

TEST(datagrams, are_asked_for_again_until_each_question_has_its_answer) {
  for_each_seed(seeds_of_test(20, "simulation."), [](simulation& run) {
    run.node("server", answer_all);
    for (int each = 0; each < 3; ++each) {
      const std::string name = "client" + std::to_string(each);
      run.node(name, ask_all, each, 20);
      run.set_link({.from = {name}, .to = {"server"}}, some_bad_link(run));
      run.set_link({.from = {"server"}, .to = {name}}, some_bad_link(run));
    }
    trouble_with_names(run);
    run.run_for(std::chrono::milliseconds{run.draw(500)});
    run.crash("server");
    run.run_for(std::chrono::milliseconds{run.draw(500)});
    run.restart("server");
    for (int each = 0; each < 3; ++each) {
      const std::string name = "client" + std::to_string(each);
      run.expect(run.run_until_exit(name, 120s), "each client has its answers");
      run.expect(*run.main_exit(name) == exit_reason::normal, "and nothing else");
    }
  });
}

}  // namespace
}  // namespace dialtone::testing
