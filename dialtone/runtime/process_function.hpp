// SPDX-License-Identifier: Apache-2.0
// What can be the function of a process: a plain function, or a lambda without captures, that returns process<> and
// takes sendable values. For spawn and its like, which ask before anything else is instantiated, so that the compiler
// says one sentence, the rule that is broken.
#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>

#include <dialtone/base/sendable.hpp>
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::detail {

/// Whatever stands where a function is expected, right or wrong; not the options that may stand before it.
template <class Type, class Options>
concept other_than = !std::is_same_v<std::remove_cvref_t<Type>, Options>;

/// What unary plus makes a pointer to a function of: functions, and lambdas without captures.
template <class Function>
concept plain_function =
    requires(const Function& function) { requires std::is_function_v<std::remove_pointer_t<decltype(+function)>>; };

template <plain_function Function>
auto as_pointer(const Function& function) {
  return +function;
}

/// The parameters of a function that returns process<>, as a tuple; void for any other.
template <class Pointer>
struct parameters_of {
  using type = void;
};
template <class... Parameters>
struct parameters_of<process<> (*)(Parameters...)> {
  using type = std::tuple<Parameters...>;
};
template <class... Parameters>
struct parameters_of<process<> (*)(Parameters...) noexcept> {
  using type = std::tuple<Parameters...>;
};
template <plain_function Function>
using parameters = typename parameters_of<decltype(+std::declval<const Function&>())>::type;

template <class Pointer>
inline constexpr bool returns_task = false;
template <class Result, class... Parameters>
inline constexpr bool returns_task<task<Result> (*)(Parameters...)> = true;
template <class Result, class... Parameters>
inline constexpr bool returns_task<task<Result> (*)(Parameters...) noexcept> = true;

/// Whether an argument can be handed over for a parameter as in a call: without a cast.
template <class Argument, class Parameter>
consteval bool check_argument() {
  constexpr bool converts = std::is_convertible_v<Argument, Parameter>;
  static_assert(converts,
                "dialtone: an argument does not fit its parameter: a call of the function would not convert it either");
  return converts;
}

template <class... Arguments, class... Parameters>
consteval bool check_arguments(std::type_identity<std::tuple<Parameters...>>) {
  constexpr bool as_many = sizeof...(Arguments) == sizeof...(Parameters);
  static_assert(as_many, "dialtone: there must be one argument for each parameter of the function");
  if constexpr (as_many)
    return (check_argument<Arguments, Parameters>() && ...);
  else
    return false;
}

template <class... Parameters>
consteval bool check_parameters(std::type_identity<std::tuple<Parameters...>>) {
  constexpr bool values = (!std::is_reference_v<Parameters> && ...);
  static_assert(values,
                "dialtone: a process takes its parameters by value: a reference would outlive what it refers to");
  if constexpr (!values) {
    return false;
  } else if constexpr (!(sendable<Parameters> && ...)) {
    // Never called: what it says is said, and the answer here stays a constant.
    static_cast<void>([] { (check_sendable<Parameters>(), ...); });
    return false;
  } else {
    return true;
  }
}

template <class Function>
consteval bool check_plain() {
  static_assert(plain_function<Function>,
                "dialtone: only a plain function, or a lambda without captures and without auto parameters, can run as "
                "a process: hand over as arguments what it would capture");
  return plain_function<Function>;
}

/// Whether `Function` can be started as a process with these arguments; if not, the compiler says why.
template <class Function, class... Arguments>
consteval bool check_start() {
  if constexpr (std::is_same_v<Function, process<>>) {
    static_assert(!std::is_same_v<Function, process<>>,
                  "dialtone: hand over the function and its arguments, not what a call of it returns: "
                  "spawn(serve, 4000) instead of spawn(serve(4000))");
    return false;
  } else if constexpr (!check_plain<Function>()) {
    return false;
  } else if constexpr (std::is_void_v<parameters<Function>>) {
    static_assert(!std::is_void_v<parameters<Function>>,
                  "dialtone: the function of a process returns dialtone::process<>; a task is awaited within a "
                  "process, or run by runtime::call");
    return false;
  } else if constexpr (!check_parameters(std::type_identity<parameters<Function>>{})) {
    return false;
  } else {
    return check_arguments<Arguments...>(std::type_identity<parameters<Function>>{});
  }
}

/// Whether `Function` is one that runtime::call can run; if not, the compiler says why.
template <class Function>
consteval bool check_call() {
  if constexpr (!check_plain<Function>()) {
    return false;
  } else {
    constexpr bool is_task = returns_task<decltype(+std::declval<const Function&>())>;
    static_assert(is_task,
                  "dialtone: runtime::call runs a function that returns dialtone::task<>; start a process "
                  "with runtime::spawn or runtime::run");
    return is_task;
  }
}

}  // namespace dialtone::detail
