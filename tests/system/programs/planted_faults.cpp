// SPDX-License-Identifier: Apache-2.0
// Faults planted on purpose, one for each argument, for the builds with AddressSanitizer: there nothing is pooled, so
// each must be found. A pool that hides one makes its test fail.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;

namespace {

dt::task<int> forty_two() { co_return 42; }

// Kept out of what the leak checker can follow, as a lost pointer is.
void leak_a_frame() {
  auto* lost = new dt::task<int>{forty_two()};
  alignas(dt::task<int>) static char elsewhere[sizeof(dt::task<int>)];
  ::new (elsewhere) dt::task<int>{std::move(*lost)};
  delete lost;
  for (char& byte : elsewhere) byte = 0;
}

dt::process<> use_a_frame_after_its_end() {
  std::coroutine_handle<> frame;
  {
    struct peek : dt::detail::awaitable_base {
      std::coroutine_handle<>* out;
      bool await_ready() { return false; }
      bool await_suspend(std::coroutine_handle<> coroutine) {
        *out = coroutine;
        return false;
      }
      void await_resume() {}
    };
    auto inner = [](std::coroutine_handle<>* out) -> dt::task<> {
      peek looking;
      looking.out = out;
      co_await looking;
    };
    co_await inner(&frame);
  }
  std::printf("%d\n", frame.done() ? 1 : 0);
}

dt::process<> use_a_message_after_its_end() {
  auto* sent = dt::detail::make_signal<dt::detail::message<int>>(dt::pid{}, 7);
  dt::detail::destroy(sent);
  std::printf("%d\n", sent->value);
  co_return;
}

dt::process<> leak_a_message() {
  auto* sent = dt::detail::make_signal<dt::detail::message<int>>(dt::pid{}, 7);
  std::printf("%d\n", sent->value);
  sent = nullptr;
  co_return;
}

void use_a_buffer_after_its_end() {
  const std::byte* first = nullptr;
  {
    dt::bytes large{std::string(4096, 'x')};
    first = large.data();
  }
  std::printf("%d\n", static_cast<int>(*first));
}

}  // namespace

int main(int, char** argv) {
  std::string_view fault = argv[1];
  if (fault == "none") return dt::run([]() -> dt::process<> { co_await forty_two(); });
  if (fault == "leaked_frame") leak_a_frame();
  if (fault == "leaked_message") return dt::run(leak_a_message);
  if (fault == "used_frame") return dt::run(use_a_frame_after_its_end);
  if (fault == "used_message") return dt::run(use_a_message_after_its_end);
  if (fault == "used_buffer") use_a_buffer_after_its_end();
}
