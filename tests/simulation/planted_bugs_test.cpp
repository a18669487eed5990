// SPDX-License-Identifier: Apache-2.0
// Does the simulator find anything? Three small systems with a bug in each, of the kinds that tests with threads and
// real networks meet once a month: a wake-up that is lost, a request that is forgotten when a client connects again, a
// timer that is under way when a connection closes. Some of the first seeds has to find each; its failure has to come
// again with the same hash; and with the bug repaired, the same seeds find nothing.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

enum class version : std::uint8_t { buggy, repaired };

// --- the oracle ---

struct finding {
  std::string what;  ///< empty: nothing
  std::uint64_t hash;
  friend bool operator==(const finding&, const finding&) = default;
};

finding run_seed(std::uint64_t seed, const scenario& run) {
  simulation made{seed};
  try {
    run(made);
  } catch (const simulation_failed& failure) {
    return {failure.what(), made.trace_hash()};
  }
  return {{}, made.trace_hash()};
}

/// The first seed that finds something; empty: none does.
std::optional<std::uint64_t> first_finding(std::uint64_t seeds, const scenario& run) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    if (!run_seed(seed, run).what.empty()) return seed;
  return std::nullopt;
}

// `seeds` take some seconds in the slowest build.
void expect_found_and_repaired(std::uint64_t seeds, void (*system)(simulation&, version), std::string_view symptom) {
  const scenario buggy = [&](simulation& run) { system(run, version::buggy); };
  const scenario repaired = [&](simulation& run) { system(run, version::repaired); };
  ::testing::internal::CaptureStderr();  // the reports
  const auto seed = first_finding(seeds, buggy);
  const finding found = run_seed(seed.value_or(1), buggy);
  const finding again = run_seed(seed.value_or(1), buggy);
  const std::string reports = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(seed.has_value()) << "no seed has found it";
  EXPECT_TRUE(found.what.contains(symptom)) << found.what;
  EXPECT_EQ(found, again);
  EXPECT_TRUE(reports.contains("see it again: DIALTONE_SEED=" + std::to_string(*seed))) << reports;
  EXPECT_EQ(first_finding(seeds, repaired), std::nullopt);
  std::printf("found by seed %llu\n", static_cast<unsigned long long>(*seed));
}

// --- a lost wake-up: a semaphore, of which a process asks first and waits then ---

struct try_take {
  reply_to<bool> reply;
};
struct wake_me {
  pid waiter;
};
struct give_back {};
struct woken {};

process<> semaphore(version which) {
  bool is_free = true;
  std::vector<pid> waiters;
  const auto wake_all = [&] {
    for (const pid each : std::exchange(waiters, {})) send(each, woken{});
  };
  for (;;) {
    auto message = co_await receive<try_take, wake_me, give_back>();
    if (auto* asked = std::get_if<try_take>(&message)) {
      reply(asked->reply, std::exchange(is_free, false));
    } else if (auto* waiting = std::get_if<wake_me>(&message)) {
      waiters.push_back(waiting->waiter);
      // The bug: it may have been given back since the waiter has asked, and that does not happen again.
      if (which == version::repaired && is_free) wake_all();
    } else {
      is_free = true;
      wake_all();
    }
  }
}

process<> use_in_turn(pid of, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (;;) {
      pending_reply<bool> taken{of};
      send(of, try_take{taken.address()});
      if (co_await taken.within(10s) == true) break;
      send(of, wake_me{self()});
      co_await receive<woken>();
    }
    for (std::uint64_t slices = random() % 8; slices > 0; --slices) co_await yield();
    send(of, give_back{});
  }
}

process<> share_a_semaphore(version which) {
  const pid shared = spawn(semaphore, which);
  std::vector<reference> users;
  for (int user = 0; user < 3; ++user)
    users.push_back(spawn_monitor({.scheduler = placement::spread()}, use_in_turn, shared, 5).reference);
  for (std::size_t ended = 0; ended < users.size(); ++ended) co_await receive<down>();
}

void lost_wake_up(simulation& run, version which) {
  run.node("machine", {.schedulers = 3}, share_a_semaphore, which);
  run.expect_until([&] { return run.main_exit("machine") != nullptr; }, 60s, "everybody has had the semaphore");
}

TEST(planted_bugs, a_lost_wake_up_is_found) {
  expect_found_and_repaired(200, lost_wake_up, "everybody has had the semaphore");
}

// --- a message dropped at reconnect: a client that forgets what was not acknowledged ---

constexpr int orders = 40;

process<> take_orders(tcp::socket socket, pid book) {
  while (auto line = co_await socket.recv(0, 30s)) {
    send(book, std::string{line->view()});
    co_await socket.send(*line);
  }
}

/// Numbers, each once however often it comes.
process<> order_book() {
  std::set<std::string> known;
  while (known.size() < orders) known.insert(co_await receive<std::string>());
}

process<> take_all_orders() {
  const pid book = spawn_link(order_book);
  auto listener = co_await tcp::listen({.port = 4000, .connections = {.packet = packet::length_2}});
  spawn_link(
      [](tcp::listener listening, pid where) -> process<> {
        while (auto socket = co_await listening.accept())
          socket->controlling_process(spawn(take_orders, *socket, where));
      },
      *listener, book);
  const reference watched = monitor(book);
  co_await receive<down>([watched](const down& each) { return each.reference == watched; });
}

process<> order_all(version which) {
  for (int next = 0; next < orders;) {
    auto socket = co_await tcp::connect("server", 4000, {.packet = packet::length_2}, 1s);
    if (!socket) continue;
    while (next < orders) {
      // The bug: what is sent counts as done, though the connection may end before the answer comes.
      const int order = which == version::buggy ? next++ : next;
      co_await socket->send(std::to_string(order));
      if (!co_await socket->recv(0, 1s)) break;
      if (which == version::repaired) ++next;
      co_await sleep_for(std::chrono::milliseconds{random() % 20});
    }
    socket->close();
  }
}

void dropped_at_reconnect(simulation& run, version which) {
  run.node("server", take_all_orders);
  run.node("client", order_all, which);
  for (int resets = 0; resets < 3; ++resets) {
    run.run_for(std::chrono::microseconds{run.draw(100'000)});
    run.reset_connections("server", "client");
  }
  run.expect_until([&] { return run.main_exit("server") != nullptr; }, 60s, "all orders have come");
}

TEST(planted_bugs, a_message_that_is_dropped_at_reconnect_is_found) {
  expect_found_and_repaired(200, dropped_at_reconnect, "all orders have come");
}

// --- a timer raced with close: a pool of workers, each with one connection after the other ---

constexpr auto idle_limit = 1s;

struct idle {
  int connection;
};
struct job {
  tcp::socket socket;
};

bool is_of(tcp::socket socket, const std::variant<tcp::data, tcp::closed, tcp::error, idle>& message) {
  return std::visit(
      [&](const auto& each) {
        if constexpr (requires { each.socket; })
          return each.socket == socket;
        else
          return true;
      },
      message);
}

/// Serves until the peer closes or has been idle for too long.
task<> serve_one(tcp::socket socket, int number, version which) {
  if (!socket.setopts({.active = active::always})) co_return;
  reference timer = send_after(idle_limit, self(), idle{number});
  for (;;) {
    auto message = co_await receive<tcp::data, tcp::closed, tcp::error, idle>();
    if (!is_of(socket, message)) continue;
    if (auto* expired = std::get_if<idle>(&message)) {
      // The bug: one that was under way when its connection closed is of that, and not of this one.
      if (which == version::repaired && expired->connection != number) continue;
      co_await socket.send("idle");
      break;
    }
    auto* question = std::get_if<tcp::data>(&message);
    if (question == nullptr) break;
    cancel_timer(timer);
    timer = send_after(idle_limit, self(), idle{number});
    co_await blocking([] {});  // it is written to a disk
    co_await socket.send(question->bytes);
  }
  cancel_timer(timer);
  socket.close();
}

process<> pooled_worker(version which) {
  for (int number = 0;; ++number) {
    auto next = co_await receive<job>();
    co_await serve_one(next.socket, number, which);
  }
}

process<> pool(version which) {
  auto listener =
      co_await tcp::listen({.port = 4000, .connections = {.packet = packet::length_2, .exit_on_close = false}});
  const pid worker = spawn_link(pooled_worker, which);
  while (auto socket = co_await listener->accept()) {
    socket->controlling_process(worker);
    send(worker, job{*socket});
  }
}

/// A connection that is young is idle for nobody.
process<> ask_often() {
  for (int asked = 0; asked < 30; ++asked) {
    auto socket = co_await tcp::connect("server", 4000, {.packet = packet::length_2, .exit_on_close = false}, 2s);
    if (!socket) continue;
    const time_point connected = now();
    co_await socket->send("question");
    auto answer = co_await socket->recv(0, 500ms);
    if (answer && answer->view() == "idle" && now() - connected < idle_limit)
      exit(exit_reason::custom_text("thrown out"));
    socket->close();
    co_await sleep_for(std::chrono::milliseconds{random() % 1500});
  }
}

void timer_raced_with_close(simulation& run, version which) {
  // A disk that is slow now and then.
  run.node("server", {.blocking_cost = latency::long_tailed(1ms, 100ms, 3s)}, pool, which);
  run.node("client", ask_often);
  run.expect_until([&] { return run.main_exit("client") != nullptr; }, 300s, "the client comes to its end");
  run.expect(*run.main_exit("client") == exit_reason::normal, "nobody is thrown out while it is young");
}

TEST(planted_bugs, a_timer_that_races_with_close_is_found) {
  expect_found_and_repaired(200, timer_raced_with_close, "nobody is thrown out");
}

}  // namespace
}  // namespace dialtone::testing
