// SPDX-License-Identifier: Apache-2.0
// Seats in a chat room, for its tests: connections in memory, on any scheduler of a stepped runtime, in the order of
// events that a seed draws.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <dialtone/net/memory.hpp>
#include <dialtone/otp/supervisor.hpp>
#include <dialtone/protocols/chat/server.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::chat::seats {

/// What was logged, of each seed.
using logs = std::vector<std::vector<std::string>>;

/// Runs a scenario in a process, with a room that it has to open.
inline logs run(process<> (*scenario)(room), const room_options& options = {}, std::uint32_t schedulers = 1) {
  logs all;
  for (const std::uint64_t seed : {1u, 4711u}) {
    testing::stepped_runtime rt{{.schedulers = schedulers, .seed = seed, .shuffle = seed != 1}};
    const exit_reason end = rt.run(scenario, room{options});
    EXPECT_EQ(end, exit_reason::normal) << to_string(end) << ", seed " << seed;
    rt.settle();
    all.push_back(rt.log());
  }
  return all;
}

inline bool has_line(const std::vector<std::string>& log, std::string_view text) {
  for (const std::string& line : log)
    if (line.find(text) != std::string::npos) return true;
  return false;
}

/// Linked to the caller.
inline task<supervisor_ref> open(room where) {
  co_return co_await start_link(supervisor_spec{.children = {child("room", where)}});
}

/// The client's end, which the caller owns and which is passive, and the process at the other one.
struct seat {
  stream::socket client;
  pid connection;
};

/// Connected; nothing is said yet.
inline seat sit(const room& where, std::uint32_t scheduler = 0) {
  auto [client, server] = *memory::pair();
  const pid connection = spawn({.scheduler = placement::on(scheduler)}, serve, server, where);
  EXPECT_TRUE(server.controlling_process(connection));
  return {client, connection};
}

/// Returns when the name is known.
inline task<seat> join(room where, std::string name, std::uint32_t scheduler = 0) {
  const seat taken = sit(where, scheduler);
  const std::size_t before = where.size();
  co_await taken.client.send(encode(register_message{name}));
  while (where.size() == before) co_await yield();
  co_return taken;
}

inline bytes says(std::string_view contents, std::string_view from = "anybody") {
  return encode(broadcast_message{from, contents});
}

/// The next `count` broadcasts as "from: contents"; fewer when the connection ends, or nothing comes for `limit`.
inline task<std::vector<std::string>> heard(stream::socket client, std::size_t count,
                                            duration limit = std::chrono::seconds{20}) {
  std::vector<std::string> all;
  decoder from;
  while (all.size() < count) {
    auto data = co_await client.recv(0, limit);
    if (!data) break;
    from.receive(std::move(*data));
    for (;;) {
      auto next = from.next();
      if (!next || !*next) break;
      const auto& said = std::get<broadcast_message>(**next);
      all.push_back(std::string{said.from.view()} + ": " + std::string{said.contents.view()});
    }
  }
  co_return all;
}

}  // namespace dialtone::chat::seats
