// SPDX-License-Identifier: Apache-2.0
// Faults planted on purpose, for the builds with AddressSanitizer: there nothing is pooled, so each must be found. A
// pool that hides one makes its test fail.
//
//   planted_faults FAULT planted     commits the fault, in the function that has to be in the report
//   planted_faults FAULT mended      takes the same way without it
#include <cstdio>
#include <iterator>
#include <string_view>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;

namespace {

bool planted = false;

dt::task<int> forty_two() { co_return 42; }

// Overwrites what the leak checker could follow, as a lost pointer is.
void leak_a_frame() {
  alignas(dt::task<int>) static volatile char place[sizeof(dt::task<int>)];
  auto* kept = ::new (const_cast<char*>(place)) dt::task<int>{forty_two()};
  if (planted) {
    for (volatile char& byte : place) byte = 0;
  } else {
    kept->~task();
  }
}

// Hands out the handle of the coroutine that awaits it.
struct peek : dt::detail::awaitable_base {
  explicit peek(std::coroutine_handle<>* to) : out{to} {}
  bool await_ready() { return false; }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    *out = coroutine;
    return false;
  }
  void await_resume() {}
  std::coroutine_handle<>* out;
};

dt::task<> show_frame(std::coroutine_handle<>* out) { co_await peek{out}; }

dt::process<> use_a_frame_after_its_end() {
  std::coroutine_handle<> frame;
  auto shown = show_frame(&frame);
  co_await std::move(shown);
  if (planted) auto ended = std::move(shown);
  std::printf("%d\n", frame.done() ? 1 : 0);
}

auto* some_message() { return dt::detail::make_signal<dt::detail::message<int>>(dt::pid{}, 7); }

dt::process<> leak_a_message() {
  auto* sent = some_message();
  std::printf("%d\n", sent->value);
  if (!planted) dt::detail::destroy(sent);
  sent = nullptr;
  co_return;
}

dt::process<> use_a_message_after_its_end() {
  auto* sent = some_message();
  if (planted) dt::detail::destroy(sent);
  std::printf("%d\n", sent->value);
  if (!planted) dt::detail::destroy(sent);
  co_return;
}

void leak_a_buffer() {
  alignas(dt::bytes) static volatile char place[sizeof(dt::bytes)];
  auto* kept = ::new (const_cast<char*>(place)) dt::bytes{"a text that is too long to lie in the value"};
  if (planted) {
    for (volatile char& byte : place) byte = 0;
  } else {
    kept->~bytes();
  }
}

void use_a_buffer_after_its_end() {
  dt::bytes large{std::string(4096, 'x')};
  const std::byte* first = large.data();
  if (planted) large = dt::bytes{};
  std::printf("%d\n", static_cast<int>(*first));
}

struct {
  std::string_view fault;
  void (*outside)();
  dt::process<> (*inside)();
} const faults[] = {
    {"leaked_frame", leak_a_frame, nullptr},     {"used_frame", nullptr, use_a_frame_after_its_end},
    {"leaked_message", nullptr, leak_a_message}, {"used_message", nullptr, use_a_message_after_its_end},
    {"leaked_buffer", leak_a_buffer, nullptr},   {"used_buffer", use_a_buffer_after_its_end, nullptr},
};

// A line of the log may cut a report in two.
[[gnu::noinline]] int run_silently(dt::process<> (*function)()) {
  return dt::run({.level = dt::log_level::off}, function);
}

// What the dead frames of a function still hold is no pointer for the leak checker.
[[gnu::noinline]] void forget_the_stack() {
  constexpr int size = 8 * 1024;
  auto* dead = static_cast<volatile char*>(__builtin_alloca(size));  // never on a stack of the sanitizer's own
  for (int i = 0; i < size; ++i) dead[i] = 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  planted = arguments[2] == std::string_view{"planted"};
  for (const auto& each : faults) {
    if (each.fault != arguments[1]) continue;
    if (each.inside != nullptr) return run_silently(each.inside);
    each.outside();
    forget_the_stack();
    return 0;
  }
  return 2;
}
