// SPDX-License-Identifier: Apache-2.0
// Servers under clients that do what a seed tells them, against a model: each client knows what its requests must come
// to, whatever the order in which those of different clients are served.
#include <dialtone/otp/gen_server.hpp>

#include <map>

#include <gtest/gtest.h>

#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

constexpr int clients = 4;
constexpr int steps = 60;

/// How long a handler waits: on threads, where time is real, it only lets others run.
duration handling_time = 1ms;

/// An account for each client; requests are numbered, so that the server sees whether any is lost or overtaken.
class bank : public gen_server<bank> {
 public:
  struct put {
    int client;
    int number;
    int amount;
  };
  struct put_slowly {
    int client;
    int number;
    int amount;
  };
  struct balance {
    using reply = int;
    int client;
    int number;
  };
  struct balance_slowly {
    using reply = int;
    int client;
    int number;
  };
  struct balance_later {
    using reply = int;
    int client;
    int number;
  };
  struct sum {
    using reply = int;
  };
  struct tell {
    int client;
  };

  void handle_cast(put request) { add(request.client, request.number, request.amount); }
  task<> handle_cast(put_slowly request) {
    add(request.client, request.number, request.amount / 2);
    const int before = sum_;
    co_await sleep_for(handling_time);
    EXPECT_EQ(sum_, before);
    accounts_[request.client].amount += request.amount - request.amount / 2;
    sum_ += request.amount - request.amount / 2;
  }
  int handle_call(balance request) { return add(request.client, request.number, 0); }
  task<int> handle_call(balance_slowly request) {
    co_await sleep_for(handling_time);
    co_return add(request.client, request.number, 0);
  }
  void handle_call(balance_later request, reply_to<int> from) {
    add(request.client, request.number, 0);
    waiting_.emplace(request.client, from);
    continue_with(tell{request.client});
  }
  void handle_continue(tell who) { reply(waiting_.extract(who.client).mapped(), accounts_[who.client].amount); }
  int handle_call(sum) { return sum_; }

 private:
  struct account {
    int amount = 0;
    int number = 0;
  };
  int add(int client, int number, int amount) {
    account& changed = accounts_[client];
    EXPECT_EQ(number, changed.number + 1) << "the requests of a client come in their order, and all of them";
    changed.number = number;
    changed.amount += amount;
    sum_ += amount;
    return changed.amount;
  }
  std::map<int, account> accounts_;
  std::map<int, reply_to<int>> waiting_;
  int sum_ = 0;
};

struct finished {
  std::vector<int> amounts;
};

process<> customer(std::vector<server<bank>> banks, int client, pid observer) {
  std::vector<int> amounts(banks.size());
  std::vector<int> numbers(banks.size());
  for (int step = 0; step < steps; ++step) {
    const std::size_t chosen = random() % banks.size();
    const server<bank> to = banks[chosen];
    const int number = ++numbers[chosen];
    int& amount = amounts[chosen];
    const int more = static_cast<int>(random() % 100);
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:
        to.cast(bank::put{client, number, more});
        amount += more;
        break;
      case 3:
        to.cast(bank::put_slowly{client, number, more});
        amount += more;
        break;
      case 4:
        EXPECT_EQ(co_await to.call(bank::balance{client, number}), amount);
        break;
      case 5:
        EXPECT_EQ(co_await to.call(bank::balance_slowly{client, number}, 1h), amount);
        break;
      case 6:
        EXPECT_EQ(co_await to.call(bank::balance_later{client, number}, 1h), amount);
        break;
      case 7: {
        // The answer may come or not; the request is served all the same.
        auto tried = co_await to.try_call(bank::balance_slowly{client, number}, 1ms);
        if (tried)
          EXPECT_EQ(*tried, amount);
        else
          EXPECT_EQ(tried.error(), exit_reason::timeout);
        break;
      }
    }
    if (random() % 4 == 0) co_await yield();
  }
  EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
  send(observer, finished{amounts});
}

process<> hold(std::vector<server<bank>> banks, pid observer) {
  for (int i = 0; i < 20; ++i) {
    const pid held = banks[random() % banks.size()].pid();
    co_await sys::suspend(held, 1h);
    co_await sleep_for(handling_time);
    co_await sys::resume(held, 1h);
  }
  send(observer, go{});
}

process<> open_banks() {
  std::vector<server<bank>> banks;
  for (std::uint32_t scheduler : {0u, 1u, 0u, 1u}) banks.push_back(co_await start_link<bank>(on(scheduler)));
  for (int client = 0; client < clients; ++client)
    spawn_link(on(static_cast<std::uint32_t>(client) % 2), customer, banks, client, self());
  spawn_link(on(1), hold, banks, self());
  std::vector<int> expected(banks.size());
  for (int left = clients; left > 0; --left) {
    auto told = co_await receive<finished>();
    for (std::size_t i = 0; i < banks.size(); ++i) expected[i] += told.amounts[i];
  }
  co_await receive<go>();
  for (std::size_t i = 0; i < banks.size(); ++i) {
    EXPECT_EQ(co_await banks[i].call(bank::sum{}, 1h), expected[i]);
    co_await banks[i].stop(exit_reason::normal, 1h);
  }
}

TEST(gen_server_model, clients_agree_with_their_servers_in_any_order) {
  handling_time = 1ms;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run(open_banks), exit_reason::normal);
  }
}

TEST(gen_server_model, clients_agree_with_their_servers_on_two_threads) {
  handling_time = 0s;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    EXPECT_EQ(dialtone::run({.schedulers = 2, .seed = seed}, open_banks), 0);
  }
}

}  // namespace
}  // namespace dialtone
