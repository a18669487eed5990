// SPDX-License-Identifier: Apache-2.0
// partitions: one process would be the bottleneck, so there are several of it, and a key says which one to ask
// (Elixir's PartitionSupervisor). A plain supervisor with one child for each partition, spread over the schedulers,
// each under a registered name of its own; finding the one for a key asks nobody.
//
//   dt::partitions caches{"caches"};                                            // one for each scheduler
//   auto supervisor = co_await dt::start_link(caches.spec([](std::uint32_t number) {
//     return dt::child<cache>("", number);
//   }));
//   co_await caches.server_for<cache>(user_id).call(cache::get{key});
//
// Two values with the same name and count find the same processes: it may be copied, sent, or made anew. The number of
// partitions is fixed, as that of the schedulers is. Inside a process only.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <dialtone/otp/supervisor.hpp>

namespace dialtone {

class partitions {
 public:
  /// More would find no schedulers to run on (a runtime has at most 255).
  static constexpr std::uint32_t count_limit = 4'096;

  /// As many as the caller's runtime has schedulers.
  explicit partitions(std::string name);
  /// At least one, at most count_limit; throws std::invalid_argument.
  partitions(std::string name, std::uint32_t count);

  const std::string& name() const { return name_; }
  std::uint32_t count() const { return count_; }

  /// The supervisor of them: `make(number)` gives the child of each, whose id, name and placement are set here.
  template <std::invocable<std::uint32_t> Make>
  supervisor_spec spec(const Make& make) const {
    supervisor_spec result{.spawn = {.name = name_}};
    for (std::uint32_t number = 0; number < count_; ++number) result.children.push_back(place(make(number), number));
    return result;
  }

  /// Integers go to the remainder of their absolute value, texts to that of a hash which is the same everywhere.
  std::uint32_t number_for(std::int64_t key) const;
  std::uint32_t number_for(std::string_view key) const;

  /// The registered name of a partition: "caches/0".
  std::string name_of(std::uint32_t number) const;

  /// The process for a key; empty while it is being restarted.
  template <class Key>
  std::optional<pid> pid_for(const Key& key) const {
    return whereis(name_of(number_for(key)));
  }
  template <class Server, class Key>
  named<Server> server_for(const Key& key) const {
    return named<Server>{name_of(number_for(key))};
  }

  friend bool operator==(const partitions&, const partitions&) = default;

 private:
  child_spec place(child_spec made, std::uint32_t number) const;

  std::string name_;
  std::uint32_t count_;
};

template <>
inline constexpr bool enable_sendable<partitions> = true;

}  // namespace dialtone
