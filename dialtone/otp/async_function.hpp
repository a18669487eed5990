// SPDX-License-Identifier: Apache-2.0
// What async can run: a plain function, or a lambda without captures, of sendable values, that returns task<T> or a
// plain value T; and the processes that are made of it. For async and its like, which ask before anything else is
// instantiated, so that the compiler says one sentence, the rule that is broken.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include <dialtone/otp/async_telemetry.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone::detail {

template <class Returned>
struct value_of_async {
  using type = Returned;
};
template <class Result>
struct value_of_async<task<Result>> {
  using type = Result;
};

/// The types of a function that async runs.
template <class Pointer>
struct async_signature;
template <class Returned, class... Parameters>
struct async_signature<Returned (*)(Parameters...)> {
  using returned = Returned;
  using result = typename value_of_async<Returned>::type;
  using parameters = std::tuple<Parameters...>;
  using pointer = Returned (*)(Parameters...);
};
template <class Returned, class... Parameters>
struct async_signature<Returned (*)(Parameters...) noexcept> : async_signature<Returned (*)(Parameters...)> {};

template <plain_function Function>
using async_signature_of = async_signature<decltype(+std::declval<const Function&>())>;

/// The result of what async runs; void where that cannot be run, so that nothing more is said about it.
template <class Function>
struct async_result {
  using type = void;
};
template <plain_function Function>
struct async_result<Function> {
  using type = typename async_signature_of<Function>::result;
};
template <class Function>
using async_result_of = typename async_result<Function>::type;

template <class Signature>
consteval bool check_async_result() {
  constexpr bool is_process = std::is_same_v<typename Signature::returned, process<>>;
  constexpr bool is_reference = std::is_reference_v<typename Signature::result>;
  static_assert(!is_process,
                "dialtone: async runs a function that returns its result, as dialtone::task<T> or as a plain value; "
                "one that returns dialtone::process<> is started with spawn");
  static_assert(!is_reference,
                "dialtone: the result of async is a value: a reference would refer to what belongs to another process");
  if constexpr (is_process || is_reference) {
    return false;
  } else if constexpr (!sendable<answer_of<typename Signature::result>>) {
    // Never called: what it says is said, and the answer here stays a constant.
    static_cast<void>([] { check_sendable<answer_of<typename Signature::result>>(); });
    return false;
  } else {
    return true;
  }
}

/// Whether async can run `Function`; if not, the compiler says why.
template <class Function>
consteval bool check_async_function() {
  if constexpr (is_task<Function>) {
    static_assert(!is_task<Function>,
                  "dialtone: hand over the function and its arguments, not what a call of it returns: "
                  "async(fetch, url) instead of async(fetch(url))");
    return false;
  } else if constexpr (!check_plain<Function>()) {
    return false;
  } else if constexpr (!check_async_result<async_signature_of<Function>>()) {
    return false;
  } else {
    return check_parameters(std::type_identity<typename async_signature_of<Function>::parameters>{});
  }
}

/// Whether async can run `Function` with these arguments.
template <class Function, class... Arguments>
consteval bool check_async() {
  if constexpr (check_async_function<Function>())
    return check_arguments<Arguments...>(std::type_identity<typename async_signature_of<Function>::parameters>{});
  else
    return false;
}

/// The process of an async task. The function's frame, with what it was given, is gone before its result is seen.
template <class Result, class... Parameters>
process<> answer_from_task(task<Result> (*function)(Parameters...), reply_to<Result> owner, Parameters... arguments) {
  tell_async_begins(owner.caller);
  if constexpr (std::is_void_v<Result>) {
    co_await function(std::move(arguments)...);
    reply(owner);
  } else {
    Result result = co_await function(std::move(arguments)...);
    reply(owner, std::move(result));
  }
}
template <class Result, class... Parameters>
process<> answer_from_value(Result (*function)(Parameters...), reply_to<Result> owner, Parameters... arguments) {
  tell_async_begins(owner.caller);
  if constexpr (std::is_void_v<Result>) {
    function(std::move(arguments)...);
    reply(owner);
  } else {
    reply(owner, function(std::move(arguments)...));
  }
  co_return;
}

/// The process of one whose result nobody waits for.
template <class Returned, class... Parameters>
process<> run_and_forget(Returned (*function)(Parameters...), Parameters... arguments) {
  tell_async_begins();
  if constexpr (is_task<Returned>)
    static_cast<void>(co_await function(std::move(arguments)...));
  else
    static_cast<void>(function(std::move(arguments)...));
  co_return;
}

template <class Returned, class... Parameters>
constexpr auto answering(Returned (*)(Parameters...)) {
  using result = typename value_of_async<Returned>::type;
  if constexpr (is_task<Returned>)
    return &answer_from_task<result, Parameters...>;
  else
    return &answer_from_value<result, Parameters...>;
}

/// Starts the process of an async task, whose result goes to `owner`, as a child of the caller.
template <class Returned, class... Parameters, class... Arguments>
std::expected<pid, spawn_error> start_answering(const spawn_request& request, Returned (*function)(Parameters...),
                                                reply_to<typename value_of_async<Returned>::type> owner,
                                                Arguments&&... arguments) {
  using all = std::tuple<Returned (*)(Parameters...), decltype(owner), Parameters...>;
  return pid_of(spawn_as(request, answering(function), std::type_identity<all>{}, function, owner,
                         std::forward<Arguments>(arguments)...));
}

template <class Returned, class... Parameters, class... Arguments>
std::expected<pid, spawn_error> start_forgotten(const spawn_request& request, Returned (*function)(Parameters...),
                                                Arguments&&... arguments) {
  using all = std::tuple<Returned (*)(Parameters...), Parameters...>;
  return pid_of(spawn_as(request, &run_and_forget<Returned, Parameters...>, std::type_identity<all>{}, function,
                         std::forward<Arguments>(arguments)...));
}

}  // namespace dialtone::detail
