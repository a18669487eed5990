// SPDX-License-Identifier: Apache-2.0
// Several slow things at once, within one limit of time: each in a process of its own below a supervisor, so that a
// crash is an answer as well, and nothing runs on unseen.
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::task<std::string> look_up(std::string directory) {
  if (directory == "attic") throw std::runtime_error{"locked"};
  if (directory == "archive") co_await dt::sleep_for(1h);
  co_await dt::sleep_for(1ms);
  co_return "42 numbers";
}

dt::task<int> dial(int number) {
  co_await dt::sleep_for(1ms);
  if (number == 3) dt::exit(dt::exit_reason::custom_text("engaged"));
  co_return number * 100;
}

// What several directories have, of those that answer in time.
dt::task<> ask_around(dt::dynamic_supervisor_ref workers) {
  const std::vector<std::string> directories{"office", "attic", "archive", "cellar"};
  std::vector<dt::async_task<std::string>> asked;
  for (const std::string& each : directories) asked.push_back(co_await dt::async_nolink(workers, look_up, each));

  auto answers = co_await dt::yield_many(asked, 500ms, dt::yield_timeout::kill_task);
  for (std::size_t index = 0; index < answers.size(); ++index) {
    const auto& answer = answers[index];  // std::optional<std::expected<std::string, dt::exit_reason>>
    if (!answer)
      fmt::print("{}: no answer in time\n", directories[index]);
    else
      fmt::print("{}: {}\n", directories[index], *answer ? **answer : std::string{answer->error().text()});
  }
}

// Many numbers, two at a time.
dt::task<> dial_all(dt::dynamic_supervisor_ref workers) {
  auto calls = dt::async_stream_nolink(workers, std::views::iota(1, 6), dial, {.max_concurrency = 2});
  while (auto call = co_await calls.next())
    fmt::print("{}\n", *call ? std::to_string(**call) : to_string(call->error()));
}

dt::process<> first() {
  auto workers = co_await dt::start_link(dt::dynamic_supervisor_spec{.max_children = 100});
  co_await ask_around(workers);
  co_await dial_all(workers);

  auto last = co_await dt::try_async(dt::dynamic_supervisor_ref{}, dial, 6);  // no exception: why it was not started
  fmt::print("{}\n", to_string(last.error()));
  co_await workers.stop();
}

int main() { return dt::run(first); }
