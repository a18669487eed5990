// SPDX-License-Identifier: Apache-2.0
// What happens when a mailbox fills: above its limit senders are held; at four times the limit its owner's policy
// decides.
#include <algorithm>
#include <vector>

#include <fmt/ranges.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

struct item {
  int number;
};
struct done {};
struct show {
  dt::reply_to<std::vector<int>> reply;
};

dt::process<> produce(dt::pid consumer, int count) {
  for (int number = 1; number <= count; ++number) {
    dt::send(consumer, item{number});
    if (number % 2 == 0) co_await dt::yield();  // over the limit, it is held here
  }
  dt::send(consumer, done{});
}

dt::process<> consume_slowly() {
  std::uint64_t longest = 0;
  while ((co_await dt::receive<item, done>()).index() == 0) {
    longest = std::max(longest, (co_await dt::info_of(dt::self()))->mailbox_length);
    co_await dt::yield();
  }
  fmt::print("1000 items, and never more than {} waiting\n", longest);
}

dt::process<> hoard() {
  auto asked = co_await dt::receive<show>();  // the items stay in the mailbox until it is asked
  std::vector<int> kept;
  while (auto next = co_await dt::receive<item>(dt::after(0s))) kept.push_back(next->number);
  dt::reply(asked.reply, kept);
}

dt::task<> overfill(const char* name, dt::mailbox_policy policy) {
  dt::pid hoarder = dt::spawn({.mailbox_limit = 2, .mailbox_overflow = policy}, hoard);
  co_await dt::yield();
  for (int number = 1; number <= 10; ++number) dt::send(hoarder, item{number});  // at eight it is full
  dt::pending_reply<std::vector<int>> answer{hoarder};
  dt::send(hoarder, show{answer.address()});
  auto kept = co_await answer.within(1s);
  fmt::print("{}: {}\n", name, kept ? fmt::format("{}", *kept) : to_string(kept.error()));
}

dt::process<> first() {
  auto [consumer, reference] = dt::spawn_monitor({.mailbox_limit = 10}, consume_slowly);
  dt::spawn(produce, consumer, 1'000);
  co_await dt::receive<dt::down>();

  co_await overfill("refuse", dt::mailbox_policy::refuse);
  co_await overfill("drop_oldest", dt::mailbox_policy::drop_oldest);
  co_await overfill("kill", dt::mailbox_policy::kill);
}

int main() { return dt::run({.schedulers = 1}, first); }
