// SPDX-License-Identifier: Apache-2.0
// Exceptions of other languages, as what a library of Rust or C lets pass through C++: they have neither a type nor a
// std::exception_ptr.
#include <array>
#include <cstddef>
#include <cstdlib>

#include <gtest/gtest.h>
#include <unwind.h>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/thrown.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

// What lies before an exception of C++ is its header.
struct panic {
  panic() { no_header.fill(17); }
  std::array<std::uintptr_t, 32> no_header = {};
  _Unwind_Exception exception = {};
};

void raise_panic() {
  auto* raised = new panic;
  raised->exception.exception_class = 0x4d4f5a0052555354;
  raised->exception.exception_cleanup = [](_Unwind_Reason_Code, _Unwind_Exception* caught) {
    delete reinterpret_cast<panic*>(reinterpret_cast<char*>(caught) - offsetof(panic, exception));
  };
  _Unwind_RaiseException(&raised->exception);
  std::abort();  // nobody would catch it
}

task<int> panicking_task() {
  co_await yield();
  raise_panic();
  co_return 1;
}

exit_reason end_of_process(process<> (*function)()) {
  testing::stepped_runtime rt{{.runtime = {.level = log_level::off}}};
  return rt.run(function);
}

void expect_foreign(const exit_reason& reason) {
  EXPECT_EQ(reason.code(), exit_reason::exception);
  EXPECT_EQ(reason.text(), "an exception of another language");
}

TEST(a_foreign_exception, has_no_type_and_no_text) {
  try {
    raise_panic();
  } catch (...) {
    const detail::thrown failure;
    EXPECT_EQ(failure.type(), "unknown exception");
    EXPECT_EQ(failure.text(), "");
    EXPECT_EQ(failure.as<std::exception>(), nullptr);
    EXPECT_EQ(detail::thrown{}.in_words(), "something that is not a std::exception");
  }
}

TEST(a_foreign_exception, ends_its_process) {
  const exit_reason reason = end_of_process([]() -> process<> {
    raise_panic();
    co_return;
  });
  EXPECT_EQ(reason.code(), exit_reason::exception);
  EXPECT_EQ(reason.type(), "unknown exception");
}

TEST(a_foreign_exception, passes_from_a_task_to_who_awaits_it) {
  expect_foreign(end_of_process([]() -> process<> { static_cast<void>(co_await panicking_task()); }));
}

TEST(a_foreign_exception, passes_from_a_combination_to_who_awaits_it) {
  expect_foreign(
      end_of_process([]() -> process<> { static_cast<void>(co_await with_deadline(1s, panicking_task())); }));
}

TEST(a_foreign_exception, passes_from_a_predicate_to_its_receive) {
  expect_foreign(end_of_process([]() -> process<> {
    send(self(), 1);
    co_await receive<int>([](int) {
      raise_panic();
      return true;
    });
  }));
}

TEST(a_foreign_exception, passes_from_the_blocking_pool_to_who_waits) {
  runtime rt{{.schedulers = 1, .level = log_level::off}};
  expect_foreign(rt.run([]() -> process<> {
    static_cast<void>(co_await blocking([] {
      raise_panic();
      return 1;
    }));
  }));
}

}  // namespace
}  // namespace dialtone
