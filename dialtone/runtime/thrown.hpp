// SPDX-License-Identifier: Apache-2.0
// The exception that is being handled, looked at where it lies: its type and what it says, for exit reasons and
// reports. To throw it again in order to catch it by its type costs as much as the first throw, thousands of
// instructions, and a crash has only one to read. Not for users.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

namespace dialtone::detail {

/// Stands for an exception of another language (of Rust, or what _Unwind_RaiseException raises), which has no
/// std::exception_ptr.
struct foreign_exception : std::exception {
  const char* what() const noexcept override { return "an exception of another language"; }
};

/// The exception that is being handled, to be thrown again elsewhere; never null. In a handler only.
std::exception_ptr caught_exception() noexcept;

class thrown {
 public:
  /// Of the exception that is being handled; empty outside of a handler.
  thrown();

  /// The exception as a `Type`, when a `catch (const Type&)` would take it; null otherwise. It lives as long as this.
  template <class Type>
  const Type* as() const {
    static_assert(std::is_class_v<Type>);
    return static_cast<const Type*>(caught_as(typeid(Type)));
  }
  /// The demangled name of its type; "unknown exception" for what is none of C++'s.
  std::string type() const;
  /// What it says; empty where it has no text, or says so by a null pointer, which the standard forbids. As long as
  /// this lives.
  std::string_view text() const;
  /// The same for a report: in words where it has no text.
  std::string_view in_words() const;

  const std::exception_ptr& pointer() const { return exception_; }

 private:
  const void* caught_as(const std::type_info& base) const;

  std::exception_ptr exception_;
  const std::type_info* type_;
};

}  // namespace dialtone::detail
