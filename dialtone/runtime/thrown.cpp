// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/thrown.hpp>

#include <cxxabi.h>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <unordered_map>

#include <dialtone/runtime/exception_text.hpp>

namespace dialtone::detail {

namespace {

std::string demangled(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name{abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                    std::free};
  return status == 0 ? name.get() : type.name();
}

}  // namespace

// Of an exception of another language, libstdc++ reads the type from what lies before it by chance.
thrown::thrown()
    : exception_{std::current_exception()}, type_{exception_ ? abi::__cxa_current_exception_type() : nullptr} {}

// What std::exception_ptr_cast of C++26 does. libstdc++ documents type_info::__do_catch as what a handler asks, and its
// exception_ptr is the address of the exception. An object that comes from another language has neither.
const void* thrown::caught_as(const std::type_info& base) const {
  static_assert(sizeof exception_ == sizeof(void*));
  if (type_ == nullptr || !exception_) return nullptr;
  void* object;
  std::memcpy(&object, &exception_, sizeof object);
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

std::string thrown::text() const {
  const auto* failure = as<std::exception>();
  return failure == nullptr ? std::string{} : std::string{exception_text(*failure)};
}

}  // namespace dialtone::detail
