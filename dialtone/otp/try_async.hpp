// SPDX-License-Identifier: Apache-2.0
// async and its like where a start that fails is no exception: a limit of the runtime, or a name that cannot be had, is
// a spawn_error.
//
//   auto page = dt::try_async(fetch, url);              // std::expected<dt::async_task<bytes>, dt::spawn_error>
//   if (!page) co_return busy(page.error());
//   bytes body = co_await page->await(2s);
//
// Everything else is as in async.hpp. Of a start that has failed nothing is left: neither a process nor a link.
#pragma once

#include <dialtone/otp/async.hpp>

namespace dialtone {

/// Linked, as async.
template <detail::async_function_first Function, class... Arguments>
[[nodiscard("it may not have been started")]] auto try_async(Function function, Arguments&&... arguments) {
  return detail::try_make_async({.link = true}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
[[nodiscard("it may not have been started")]] auto try_async(const spawn_options& options, Function function,
                                                             Arguments&&... arguments) {
  return detail::try_make_async({.options = &options, .link = true}, function, std::forward<Arguments>(arguments)...);
}

/// As async_nolink.
template <detail::async_function_first Function, class... Arguments>
[[nodiscard("it may not have been started")]] auto try_async_nolink(Function function, Arguments&&... arguments) {
  return detail::try_make_async({}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
[[nodiscard("it may not have been started")]] auto try_async_nolink(const spawn_options& options, Function function,
                                                                    Arguments&&... arguments) {
  return detail::try_make_async({.options = &options}, function, std::forward<Arguments>(arguments)...);
}

/// As async_start.
template <detail::async_function_first Function, class... Arguments>
std::expected<pid, spawn_error> try_async_start(Function function, Arguments&&... arguments) {
  return detail::try_start_async({}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
std::expected<pid, spawn_error> try_async_start(const spawn_options& options, Function function,
                                                Arguments&&... arguments) {
  return detail::try_start_async({.options = &options}, function, std::forward<Arguments>(arguments)...);
}

/// As async_start_link.
template <detail::async_function_first Function, class... Arguments>
std::expected<pid, spawn_error> try_async_start_link(Function function, Arguments&&... arguments) {
  return detail::try_start_async({.link = true}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
std::expected<pid, spawn_error> try_async_start_link(const spawn_options& options, Function function,
                                                     Arguments&&... arguments) {
  return detail::try_start_async({.options = &options, .link = true}, function, std::forward<Arguments>(arguments)...);
}

}  // namespace dialtone
