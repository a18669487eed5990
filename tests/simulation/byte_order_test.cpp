// SPDX-License-Identifier: Apache-2.0
// Many clients that send streams of bytes over bad links to a server with several schedulers: all of it arrives, in
// order, whoever reads slowly.
#include <string>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t stream_bytes = 100'000;

char byte_at(std::size_t place) { return static_cast<char>(place * 31 + place / 251); }

/// Says how many bytes were right, up to the first that was not.
process<> check_stream(tcp::socket socket) {
  std::size_t right = 0;
  while (auto data = co_await socket.recv()) {
    for (char each : data->view()) {
      if (each != byte_at(right)) exit(exit_reason::custom_text("bytes in a wrong order"));
      ++right;
    }
    if (dialtone::random() % 8 == 0) co_await sleep_for(20ms);
  }
  co_await socket.send(std::to_string(right));
}

process<> serve() {
  auto listener = co_await tcp::listen({.address = "0.0.0.0", .port = 7, .connections = {.exit_on_close = false}});
  while (auto socket = co_await listener->accept()) {
    pid owner = spawn({.scheduler = placement::spread()}, check_stream, *socket);
    socket->controlling_process(owner);
  }
}

process<> send_stream() {
  auto socket = co_await tcp::connect("server", 7, {.exit_on_close = false}, 30s);
  if (!socket) exit(exit_reason::custom_text(to_string(socket.error())));
  for (std::size_t sent = 0; sent < stream_bytes;) {
    std::string piece;
    const std::size_t length = std::min<std::size_t>(1 + dialtone::random() % 9000, stream_bytes - sent);
    for (std::size_t i = 0; i < length; ++i) piece += byte_at(sent + i);
    sent += length;
    if (auto done = co_await socket->send(piece); !done) exit(exit_reason::custom_text(to_string(done.error())));
  }
  socket->shutdown();
  auto counted = co_await socket->recv(std::to_string(stream_bytes).size(), 600s);
  if (!counted || counted->view() != std::to_string(stream_bytes)) exit(exit_reason::custom_text("not all of it"));
}

TEST(byte_order, is_kept_over_links_that_lose_and_delay) {
  for_each_seed(seeds_of_test(20, "simulation."), [](simulation& run) {
    constexpr std::uint32_t clients = 8;
    run.node("server", {.schedulers = 3}, serve);
    for (std::uint32_t each = 0; each < clients; ++each) {
      const std::string name = "client" + std::to_string(each);
      run.node(name, send_stream);
      const link_options bad{.delay = latency::long_tailed(100us, 2ms, 200ms),
                             .bytes_per_second = 1'000'000,
                             .loss = probability::percent(run.draw(5)),
                             .segmentation = probability::percent(50)};
      run.set_link({.from = {name}, .to = {"server"}}, bad);
      run.set_link({.from = {"server"}, .to = {name}}, bad);
    }
    for (std::uint32_t each = 0; each < clients; ++each) {
      const std::string name = "client" + std::to_string(each);
      run.expect(run.run_until_exit(name, 600s), "each stream comes to its end");
      run.expect(*run.main_exit(name) == exit_reason::normal, "all bytes were there, in order");
    }
  });
}

}  // namespace
}  // namespace dialtone::testing
