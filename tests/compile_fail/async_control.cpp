// SPDX-License-Identifier: Apache-2.0
// compiles
#include <memory>
#include <string>
#include <vector>

#include <dialtone/otp/async.hpp>
#include <dialtone/otp/async_many.hpp>
#include <dialtone/otp/async_stream.hpp>
namespace dt = dialtone;

dt::task<int> answer(int question) noexcept;
std::unique_ptr<std::string> load(std::string name, long size);
dt::task<> work();

dt::task<> start(const dt::spawn_options& options) {
  dt::async_task<int> asked = dt::async(answer, short{1});
  auto loaded = dt::async({.name = "load", .scheduler = dt::placement::spread()}, load, "page", 1);
  dt::async_task<void> done = dt::async_nolink(options, &work);
  dt::async_start(work);
  dt::pid linked = dt::async_start_link(options, [](int number) { return number; }, 1);
  int number = co_await asked.await();
  auto page = co_await loaded.yield(std::chrono::milliseconds{2});
  co_await done.await(dt::duration::max());
  static_cast<void>(linked);
  static_cast<void>(number);
  static_cast<void>(co_await dt::completed(2).shutdown(dt::brutal_kill));
  std::vector<dt::async_task<int>> all;
  std::vector<int> numbers = co_await dt::await_many(all);
  static_cast<void>(co_await dt::yield_many(all, {}, dt::yield_timeout::kill_task));
  dt::async_results<int> stream = dt::async_stream(numbers, answer);
  while (auto next = co_await stream.next()) static_cast<void>(next->value_or(0));
  auto sizes = dt::async_stream_nolink([] { return std::optional{std::string{}}; }, load, {.ordered = false}, 4L);
  static_cast<void>(co_await sizes.next());
}
