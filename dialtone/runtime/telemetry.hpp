// SPDX-License-Identifier: Apache-2.0
// Telemetry: rooms emit named events with measurements and tags, handlers attached by whoever watches receive them. A
// hub belongs to a runtime; there is no global one. Any thread may call any member of the hub at any time.
//
// An event that nobody listens to costs one relaxed load and a branch; its builder does not run. Handlers run on the
// emitting thread, in the order in which they were attached, so they must be quick and must not emit what they listen
// to. Some events come from no process, where process functions assert. A handler that throws is detached, which is
// reported as `dialtone.telemetry.handler_failed`. One that is detached while it runs on another thread finishes there.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dialtone/base/time.hpp>
#include <dialtone/runtime/telemetry_event.hpp>
#include <dialtone/runtime/telemetry_record.hpp>

namespace dialtone {

class telemetry_hub;

namespace telemetry {

/// Tags: "handler", "event", "error".
inline constexpr event handler_failed{"dialtone.telemetry.handler_failed"};

using handler = std::function<void(const record&)>;
using builder = std::function<void(record&)>;
struct no_details {
  void operator()(record&) const {}
};

/// Something that takes time: `<name>.start` when it begins, `<name>.stop` with the measurement "duration" (ns) at
/// `stop`. One that is destroyed without `stop` emits `<name>.exception` with the duration and the tag "ended":
/// "exception" while one unwinds the stack, else "abandoned". One that began while nobody listened stays silent.
class [[nodiscard]] span {
 public:
  span() = default;
  span(span&& other) noexcept
      : hub_(std::exchange(other.hub_, nullptr)),
        name_(other.name_),
        started_(other.started_),
        exceptions_(other.exceptions_) {}
  span& operator=(span&&) = delete;
  ~span() {
    if (hub_ != nullptr) abandon();
  }

  template <std::invocable<record&> Build = no_details>
  void stop(Build&& build = {}) {
    if (hub_ != nullptr) finish(std::ref(build));
  }

 private:
  friend class dialtone::telemetry_hub;
  span(telemetry_hub& hub, const event_span& name, time_point started)
      : hub_(&hub), name_(&name), started_(started), exceptions_(std::uncaught_exceptions()) {}
  void finish(const builder& build);
  void abandon();
  void emit(const event& event, const builder& build);

  telemetry_hub* hub_ = nullptr;
  const event_span* name_ = nullptr;
  time_point started_{};
  int exceptions_ = 0;
};

}  // namespace telemetry

class telemetry_hub {
 public:
  /// Each wanted event is compared with every handler.
  static constexpr std::size_t handler_limit = 64;

  struct failure {
    std::string_view handler;
    std::string_view event;
    std::string_view error;
  };

  /// `on_failure` is called on the emitting thread for each handler that was detached because it threw.
  explicit telemetry_hub(std::function<time_point()> clock, std::function<void(const failure&)> on_failure = {});
  telemetry_hub(const telemetry_hub&) = delete;
  telemetry_hub& operator=(const telemetry_hub&) = delete;

  /// `pattern` is the name of an event, the beginning of names ("dialtone.process.*"), or "*". Errors: a name that is
  /// empty or attached already, a bad pattern, no handler, too many handlers.
  std::expected<void, std::string> attach(std::string name, std::string_view pattern, telemetry::handler handler);

  /// False if no handler has that name.
  bool detach(std::string_view name);

  template <std::invocable<telemetry::record&> Build = telemetry::no_details>
  void emit(const telemetry::event& event, Build&& build = {}) {
    if (may_want(event.bits())) [[unlikely]]
      deliver(event, std::ref(build));
  }

  /// False where nobody listens to the event; seldom true then. For who has something to do around an emit.
  bool may_want(const telemetry::event& event) const { return may_want(event.bits()); }

  /// The hub must outlive the span.
  template <std::invocable<telemetry::record&> Build = telemetry::no_details>
  telemetry::span start(const telemetry::event_span& name, Build&& build = {}) {
    if (may_want(name.bits())) [[unlikely]]
      return begin(name, std::ref(build));
    return {};
  }
  /// The span refers to its name: a temporary one would be gone at `stop`.
  template <class... Build>
  telemetry::span start(const telemetry::event_span&& name, Build&&... build) = delete;

 private:
  friend class telemetry::span;

  struct attachment {
    std::string name;
    std::string pattern;
    telemetry::handler handler;
  };
  using attachments = std::vector<std::shared_ptr<const attachment>>;

  bool may_want(std::uint64_t bits) const { return (wanted_.load(std::memory_order_relaxed) & bits) != 0; }
  void deliver(const telemetry::event& event, const telemetry::builder& build, std::optional<time_point> time = {});
  telemetry::span begin(const telemetry::event_span& name, const telemetry::builder& build);
  void call(const std::shared_ptr<const attachment>& called, const telemetry::record& record);
  void handle_failure(const std::shared_ptr<const attachment>& failed, std::string_view event, std::string_view error);
  std::shared_ptr<const attachments> snapshot() const;
  std::shared_ptr<const attachments> replace(attachments changed);

  std::function<time_point()> clock_;
  std::function<void(const failure&)> on_failure_;
  std::atomic<std::uint64_t> wanted_ = 0;
  mutable std::mutex mutex_;
  std::shared_ptr<const attachments> attached_;
};

}  // namespace dialtone
