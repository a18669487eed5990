// SPDX-License-Identifier: Apache-2.0
// async_stream: a function over many items, each in a process of its own, so many at a time (Elixir's
// Task.async_stream).
//
//   auto pages = dt::async_stream(urls, fetch, {.max_concurrency = 20, .on_timeout = dt::stream_timeout::kill_task});
//   while (auto page = co_await pages.next())                       // std::optional<std::expected<bytes, exit_reason>>
//     if (*page) store(**page);
//
// Items come from a range (a container, which becomes the stream's; a view) or from a function object that returns
// std::optional<Item>, empty at the end. They may be without an end: an item is taken from there only when it can
// start, and starts only within next(): no more than max_concurrency of them run, or are finished and not taken. The
// function is as for async: a plain one, of the item and of the further arguments, which are copied for each item.
//
// A crash of an item's process ends the owner with its reason, as a link would; one that traps exits gets it as the
// outcome of the item. With async_stream_nolink it is that for all. The destruction of the stream, as the death of its
// owner, kills what still runs. Nothing comes to the mailbox. Over a supervisor: async_stream_supervised.hpp. Inside a
// process only; resumed by the owner's scheduler.
#pragma once

#include <memory>
#include <optional>
#include <ranges>
#include <tuple>

#include <dialtone/otp/async.hpp>
#include <dialtone/otp/async_stream_core.hpp>

namespace dialtone {

/// The outcomes of a stream's items, one after the other, for the process that has made it.
template <class Result>
class async_results {
 public:
  using result_type = Result;

  /// The next outcome; empty after the last one. Starts items as there is room for. Throws await_failed with `timeout`
  /// when an item was not ready in its time and options.on_timeout is `exit`; what the source throws; and, when
  /// options.on_refusal is `exit`, system_limit_reached, or async_refused of a supervisor, when a process cannot be
  /// started: its item is lost then.
  [[nodiscard("the next outcome must be awaited")]] detail::typed_stream_wait<Result> next() {
    return detail::typed_stream_wait<Result>{stream()};
  }
  /// Of the item whose outcome came last, counted from 0: to know it again where the order is not that of the items.
  std::uint64_t index() const { return stream().index(); }

  /// For the functions that make streams.
  explicit async_results(std::unique_ptr<detail::stream_core> stream) : stream_{std::move(stream)} {}

 private:
  detail::stream_core& stream() const {
    DIALTONE_ASSERT(stream_ != nullptr, "a stream of async tasks that has been moved away has no outcomes");
    return *stream_;
  }
  std::unique_ptr<detail::stream_core> stream_;
};

namespace detail {

template <class Type>
inline constexpr bool is_optional = false;
template <class Value>
inline constexpr bool is_optional<std::optional<Value>> = true;

template <class Type>
concept some_optional = is_optional<Type>;

template <class Source>
concept generator_of_items = requires(Source& source) {
  { source() } -> some_optional;
};

template <class Source>
struct items_of;

template <generator_of_items Source>
struct items_of<Source> {
  explicit items_of(Source given) : source{std::move(given)} {}
  auto next() { return source(); }
  Source source;
};

// An iterator moves on only when the next item is asked for: the step may take, or wait for, what nobody wants.
template <std::ranges::input_range Source>
struct items_of<Source> {
  using item = std::ranges::range_value_t<Source>;
  explicit items_of(Source given) : source{std::move(given)} {}
  items_of(const items_of&) = delete;
  std::optional<item> next() {
    if (at)
      ++*at;
    else
      at.emplace(std::ranges::begin(source));
    if (*at == std::ranges::end(source)) return std::nullopt;
    if constexpr (std::ranges::view<Source>)
      return **at;
    else
      return std::ranges::iter_move(*at);
  }
  Source source;
  std::optional<std::ranges::iterator_t<Source>> at;
};

/// How the processes of a stream's items start, and what their crash is to the owner.
template <class Launch>
struct stream_place {
  Launch launch;
  bool linked;
};

/// Starts the process of an item as a child of the stream's owner.
struct launch_here {
  template <class Returned, class... Parameters, class... Arguments>
  void operator()(stream_item& item, Returned (*function)(Parameters...), Arguments&&... arguments) const {
    const reply_to<typename value_of_async<Returned>::type> result{item.stream.owner(), item.name};
    item.began(start_answering({.options = &item.stream.options().process}, function, result,
                               std::forward<Arguments>(arguments)...));
  }
};

template <class Launch, class Source, class Pointer, class... Further>
class stream_of final : public stream_core {
 public:
  stream_of(stream_place<Launch> place, async_stream_options options, Source source, Pointer function,
            Further... further)
      : stream_core{std::move(options), place.linked},
        launch_{place.launch},
        items_{std::move(source)},
        function_{function},
        further_{std::move(further)...} {}

 private:
  bool start_next(stream_item& item) override {
    auto next = items_.next();
    if (!next) return false;
    ++pulled_;
    std::apply([&](const Further&... further) { launch_(item, function_, std::move(*next), further...); }, further_);
    return true;
  }

  Launch launch_;
  items_of<Source> items_;
  Pointer function_;
  std::tuple<Further...> further_;
};

template <class Source>
consteval bool check_source() {
  constexpr bool known = generator_of_items<Source> || std::ranges::input_range<Source>;
  static_assert(known,
                "dialtone: the items of a stream come from a range, or from a function object that returns "
                "std::optional, empty at the end");
  return known;
}

template <class Source>
using item_of = typename decltype(std::declval<items_of<Source>&>().next())::value_type;

template <class Launch, class Source, class Function, class... Further>
auto make_stream(stream_place<Launch> place, async_stream_options options, Source source, Function function,
                 Further... further) {
  using result = async_result_of<Function>;
  if constexpr (!check_source<Source>()) {
    return async_results<void>{nullptr};
  } else if constexpr (!check_async<Function, item_of<Source>, const Further&...>()) {
    return async_results<void>{nullptr};
  } else {
    using pointer = typename async_signature_of<Function>::pointer;
    using stream = stream_of<Launch, Source, pointer, Further...>;
    return async_results<result>{std::make_unique<stream>(place, std::move(options), std::move(source),
                                                          as_pointer(function), std::move(further)...)};
  }
}

}  // namespace detail

/// Begins nothing yet: the first next() does.
template <class Source, class Function, class... Further>
[[nodiscard("a stream runs as its outcomes are taken")]] auto async_stream(Source source, Function function,
                                                                           async_stream_options options = {},
                                                                           Further... further) {
  return detail::make_stream<detail::launch_here>({{}, true}, std::move(options), std::move(source),
                                                  std::move(function), std::move(further)...);
}

/// As async_stream; a crash is an outcome, and the owner goes on.
template <class Source, class Function, class... Further>
[[nodiscard("a stream runs as its outcomes are taken")]] auto async_stream_nolink(Source source, Function function,
                                                                                  async_stream_options options = {},
                                                                                  Further... further) {
  return detail::make_stream<detail::launch_here>({{}, false}, std::move(options), std::move(source),
                                                  std::move(function), std::move(further)...);
}

}  // namespace dialtone
