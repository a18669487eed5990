// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/info.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <dialtone/net/socket_table.hpp>
#include <dialtone/runtime/ask_scheduler.hpp>
#include <dialtone/runtime/process_info.hpp>

namespace dialtone::net {

std::string_view to_string(socket_type type) { return type == socket_type::stream ? "stream" : "datagram"; }

std::string_view to_string(socket_state state) {
  constexpr std::string_view texts[] = {"listening", "open", "connected", "closing"};
  return texts[static_cast<std::size_t>(state)];
}

namespace {

using sockets = std::vector<socket_info>;

sockets sockets_of(detail::scheduler& home, pid) {
  sockets all;
  detail::socket_table::of(home).each([&](const detail::any_socket& each) { each.describe(all.emplace_back()); });
  return all;
}

}  // namespace

task<sockets> info() {
  const std::uint32_t schedulers = scheduler_count();
  sockets all;
  for (std::uint32_t index = 0; index < schedulers; ++index) {
    auto some = co_await detail::ask_scheduler(detail::anybody_at(index), &sockets_of);
    if (some) std::ranges::move(*some, std::back_inserter(all));
  }
  co_return all;
}

// --- the table ---

namespace {

constexpr std::size_t columns = 11;
constexpr std::size_t first_of_data = 5;
constexpr std::size_t first_number = 7;
using row = std::array<std::string, columns>;

std::string text_of(const std::optional<socket_address>& address) { return address ? to_string(*address) : "-"; }

std::string text_of(active mode) {
  if (mode.is_count()) return fmt::format("count {}", mode.messages());
  return mode.is_always() ? "always" : mode.is_once() ? "once" : "passive";
}

row row_of(const socket_info& each) {
  const std::string owner = each.owner ? to_string(each.owner) : "-";
  const std::string waiting = std::to_string(each.waiting_readers + each.waiting_senders);
  row cells{owner, std::string{to_string(each.type)}, std::string{to_string(each.state)}, text_of(each.local),
            text_of(each.foreign)};
  std::fill(cells.begin() + first_of_data, cells.end() - 1, "-");
  if (each.state != socket_state::listening) {
    cells[5] = text_of(each.active);
    if (each.type == socket_type::stream) cells[6] = to_string(each.packet);
    cells[7] = std::to_string(each.received_bytes);
    cells[8] = std::to_string(each.sent_bytes);
    cells[9] = std::to_string(each.unsent_bytes);
  }
  cells.back() = waiting;
  return cells;
}

}  // namespace

std::string to_string(const sockets& sockets) {
  std::vector<row> rows{
      {"owner", "type", "state", "local", "foreign", "mode", "packet", "received", "sent", "unsent", "waiting"}};
  std::ranges::transform(sockets, std::back_inserter(rows), &row_of);
  std::array<std::size_t, columns> widths{};
  for (const row& each : rows)
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], each[i].size());
  std::string table;
  for (const row& each : rows) {
    for (std::size_t i = 0; i < columns; ++i)
      table += i < first_number ? fmt::format("{:<{}}  ", each[i], widths[i])
                                : fmt::format("{:>{}}{}", each[i], widths[i], i + 1 < columns ? "  " : "\n");
  }
  return table;
}

}  // namespace dialtone::net
