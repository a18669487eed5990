// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/thrown.hpp>

#include <cxxabi.h>
#include <cstdlib>
#include <memory>
#include <unordered_map>

namespace dialtone::detail {

namespace {

std::string demangled(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name{abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                    std::free};
  return status == 0 ? name.get() : type.name();
}

}  // namespace

std::exception_ptr caught_exception() noexcept {
  std::exception_ptr caught = std::current_exception();
  return caught ? caught : std::make_exception_ptr(foreign_exception{});
}

// An object that another language has thrown has neither: before it lies no header of C++'s that could be asked.
thrown::thrown()
    : exception_{std::current_exception()}, type_{exception_ ? abi::__cxa_current_exception_type() : nullptr} {}

// What std::exception_ptr_cast of C++26 does. libstdc++ documents type_info::__do_catch as what a handler asks, and its
// exception_ptr is the address of the exception, also of one that was thrown again from its pointer.
const void* thrown::caught_as(const std::type_info& base) const {
  static_assert(sizeof exception_ == sizeof(void*) && std::is_standard_layout_v<std::exception_ptr>);
  if (type_ == nullptr) return nullptr;
  void* object = *reinterpret_cast<void* const*>(&exception_);
  return base.__do_catch(type_, &object, 1) ? object : nullptr;
}

// A program throws few types, and each costs the demangler a microsecond: the names are kept.
std::string thrown::type() const {
  if (type_ == nullptr) return "unknown exception";
  thread_local std::unordered_map<const std::type_info*, std::string> names;
  auto found = names.find(type_);
  if (found == names.end()) found = names.emplace(type_, demangled(*type_)).first;
  return found->second;
}

std::string_view thrown::text() const {
  const auto* failure = as<std::exception>();
  const char* said = failure == nullptr ? nullptr : failure->what();
  return said == nullptr ? std::string_view{} : std::string_view{said};
}

std::string_view thrown::in_words() const {
  if (const std::string_view said = text(); !said.empty()) return said;
  return as<std::exception>() == nullptr ? "something that is not a std::exception" : "an exception without a text";
}

}  // namespace dialtone::detail
