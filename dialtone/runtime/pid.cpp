// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/pid.hpp>

#include <fmt/format.h>
#include <charconv>

namespace dialtone {

std::string to_string(pid process) {
  return fmt::format("<{}.{}.{}>", process.scheduler(), process.slot(), process.generation());
}

std::string to_string(reference name) { return fmt::format("#ref<{:x}>", name.value()); }

namespace {

// Reads a number that ends with `terminator`, and moves `text` behind it.
std::optional<std::uint32_t> read_number(std::string_view& text, char terminator, std::uint32_t limit) {
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number > limit) return std::nullopt;
  if (end == text.data() + text.size() || *end != terminator) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return number;
}

}  // namespace

std::optional<pid> parse_pid(std::string_view text) {
  if (text.empty() || text.front() != '<') return std::nullopt;
  text.remove_prefix(1);
  auto scheduler = read_number(text, '.', 0xff);
  if (!scheduler) return std::nullopt;
  auto slot = read_number(text, '.', (1u << pid::slot_bits) - 1);
  if (!slot) return std::nullopt;
  auto generation = read_number(text, '>', 0xffffffff);
  if (!generation || *generation == 0 || !text.empty()) return std::nullopt;
  return pid{*scheduler, *slot, *generation};
}

}  // namespace dialtone
