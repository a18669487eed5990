// SPDX-License-Identifier: Apache-2.0
// What sys.hpp can switch on in a running behaviour: statistics, a log of its last events, and a trace of them. A
// behaviour has none of this until it is asked to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/base/time.hpp>
#include <dialtone/runtime/signal.hpp>

namespace dialtone::sys {

struct statistics {
  time_point since;  ///< when they were switched on
  std::uint64_t messages_in = 0;
  std::uint64_t replies_out = 0;
  std::uint64_t reductions = 0;
};

/// Events that a behaviour can keep: enough to see what led to a state, some 100 KB.
inline constexpr std::size_t log_limit = 1'000;

}  // namespace dialtone::sys

namespace dialtone::detail {

class behaviour_debug {
 public:
  void note_message(const behaviour& server, const signal& arrived);
  void note_reply(const behaviour& server, pid to);

  void count(bool on);
  std::optional<sys::statistics> statistics() const;
  void trace(bool on) { traces_ = on; }
  /// Keeps the last `count` events; zero: none. At most sys::log_limit.
  void keep(std::size_t count);
  std::vector<std::string> kept() const { return {events_.begin(), events_.end()}; }
  bool is_idle() const { return !traces_ && !counted_ && kept_limit_ == 0; }

 private:
  void note(const behaviour& server, std::string_view what, std::string_view type, pid other);

  bool traces_ = false;
  std::optional<sys::statistics> counted_;
  std::uint64_t reductions_before_ = 0;
  std::size_t kept_limit_ = 0;
  std::deque<std::string> events_;
};

}  // namespace dialtone::detail
