// SPDX-License-Identifier: Apache-2.0
// A socket's options that are numbers for the kernel, as entries of a table: of streams in kernel_options.cpp, of
// datagrams in datagram_kernel_options.cpp. For these two.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

/// What the kernel, or OTP, takes; with both ends.
struct number_range {
  static const number_range flag, byte, hops, count;

  std::int64_t least;
  std::int64_t most;
};
inline constexpr number_range number_range::flag{0, 1};
inline constexpr number_range number_range::byte{0, 255};
inline constexpr number_range number_range::hops{1, 255};
inline constexpr number_range number_range::count{0, std::numeric_limits<int>::max()};

/// A member of Options, a std::optional.
template <class Options>
struct kernel_number {
  std::string_view name;
  number_range values;
  std::optional<std::int64_t> (*given)(const Options&);
  void (*tell)(Options&, std::int64_t);

  bool is_wrong_in(const Options& options) const {
    const auto value = given(options);
    return value && (*value < values.least || *value > values.most);
  }
};

/// `Unit`: of the kernel, for a duration, which is rounded up.
template <class Options, auto Member, class Unit = void>
kernel_number<Options> kernel_number_of(std::string_view name, number_range values) {
  using value = std::remove_cvref_t<decltype(*(Options{}.*Member))>;
  return {name, values,
          [](const Options& options) -> std::optional<std::int64_t> {
            const auto& given = options.*Member;
            if (!given) return {};
            if constexpr (std::is_void_v<Unit>)
              return static_cast<std::int64_t>(*given);
            else
              return std::chrono::ceil<Unit>(*given).count();
          },
          [](Options& told, std::int64_t read) {
            if constexpr (std::is_void_v<Unit>)
              told.*Member = static_cast<value>(read);
            else
              told.*Member = Unit{read};
          }};
}

/// The answer of the kernel to one of that name.
inline std::expected<void, net_error> option_was_set(int error, std::string_view name) {
  if (error == 0) return {};
  return std::unexpected{error_of(net_operation::setopts, error).at(name)};
}

}  // namespace dialtone::detail
