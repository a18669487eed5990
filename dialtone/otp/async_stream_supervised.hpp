// SPDX-License-Identifier: Apache-2.0
// Streams of async tasks whose processes are temporary children of a dynamic supervisor (Elixir's
// Task.Supervisor.async_stream).
//
//   auto pages = dt::async_stream_nolink(workers, urls, fetch, {.max_concurrency = 20, .ordered = false});
//   while (auto page = co_await pages.next())
//     if (*page) store(**page);
//
// As async_stream in all else. An item that the supervisor refuses, or does not answer, is one that cannot be started
// (stream_refusal): so a stream has at most as many items at once as the supervisor has room for children. Starts of
// several items are under way at once; the time of an item counts from when its function runs.
#pragma once

#include <dialtone/otp/async_stream.hpp>
#include <dialtone/otp/async_supervised.hpp>

namespace dialtone {

namespace detail {

/// Has a supervisor start the process of an item.
struct launch_under {
  dynamic_supervisor_ref supervisor;
  template <class Returned, class... Parameters, class... Arguments>
  void operator()(stream_item& item, Returned (*function)(Parameters...), Arguments&&... arguments) const {
    item.begin_under(supervisor, work_of(function, std::forward<Arguments>(arguments)...));
  }
};

}  // namespace detail

/// Begins nothing yet: the first next() does.
template <class Source, class Function, class... Further>
[[nodiscard("a stream runs as its outcomes are taken")]] auto async_stream(dynamic_supervisor_ref supervisor,
                                                                           Source source, Function function,
                                                                           async_stream_options options = {},
                                                                           Further... further) {
  return detail::make_stream<detail::launch_under>({{supervisor}, true}, std::move(options), std::move(source),
                                                   std::move(function), std::move(further)...);
}

/// As async_stream; a crash is an outcome, and the owner goes on.
template <class Source, class Function, class... Further>
[[nodiscard("a stream runs as its outcomes are taken")]] auto async_stream_nolink(dynamic_supervisor_ref supervisor,
                                                                                  Source source, Function function,
                                                                                  async_stream_options options = {},
                                                                                  Further... further) {
  return detail::make_stream<detail::launch_under>({{supervisor}, false}, std::move(options), std::move(source),
                                                   std::move(function), std::move(further)...);
}

}  // namespace dialtone
