// SPDX-License-Identifier: Apache-2.0
// compiles
#include <memory>
#include <string>
#include <vector>

#include <dialtone/otp/async_stream_supervised.hpp>
#include <dialtone/otp/async_supervised.hpp>
#include <dialtone/otp/try_async.hpp>
namespace dt = dialtone;

dt::task<int> answer(int question) noexcept;
std::unique_ptr<std::string> load(std::unique_ptr<std::string> name, long size);
void work(std::vector<int> numbers);

dt::task<> start(dt::dynamic_supervisor_ref workers, dt::async_child_options options) {
  dt::async_task<int> asked = co_await dt::async(workers, answer, short{1});
  auto loaded = co_await dt::async_nolink(workers, {.id = "load"}, load, std::make_unique<std::string>("page"), 1);
  auto done = co_await dt::try_async(workers, options, &work, std::vector{1});
  static_cast<void>(co_await dt::try_async_nolink(workers, [] { return 1; }));
  dt::pid child = co_await dt::async_start(workers, {.restart = dt::restart_type::transient}, work, std::vector{1});
  std::expected<dt::pid, dt::child_error> other = co_await dt::try_async_start(workers, answer, 1);
  static_cast<void>(child);
  static_cast<void>(other);
  static_cast<void>(co_await asked.await() + (*co_await loaded.yield()).has_value());
  if (done) co_await done->await();
  dt::async_results<int> stream = dt::async_stream(workers, std::vector{1}, answer);
  static_cast<void>(co_await stream.next());
  auto more = dt::async_stream_nolink(
      workers, [] { return std::optional{std::make_unique<std::string>()}; }, load,
      {.on_refusal = dt::stream_refusal::outcome}, 4L);
  static_cast<void>(co_await more.next());
  std::expected<dt::async_task<int>, dt::spawn_error> here = dt::try_async(answer, 1);
  static_cast<void>(here);
}
