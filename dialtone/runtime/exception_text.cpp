// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/exception_text.hpp>

namespace dialtone::detail {

std::exception_ptr caught_exception() noexcept {
  std::exception_ptr caught = std::current_exception();
  return caught ? caught : std::make_exception_ptr(foreign_exception{});
}

std::string_view exception_text(const std::exception& thrown) noexcept {
  const char* text = thrown.what();
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

std::string_view current_exception_text() noexcept {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return thrown.what() == nullptr ? "an exception without a text" : exception_text(thrown);
  } catch (...) {
    return "something that is not a std::exception";
  }
}

}  // namespace dialtone::detail
