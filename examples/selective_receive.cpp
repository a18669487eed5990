// SPDX-License-Identifier: Apache-2.0
// receive takes the first message that it asks for, by type and by predicate; what it does not ask for stays, in order.
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

struct letter {
  std::string to;
  std::string text;
};
struct parcel {
  int grams;
};
struct closing_time {};

dt::process<> post_office() {
  co_await dt::receive<closing_time>();  // passes over all that came before it

  auto mine = co_await dt::receive<letter>([](const letter& one) { return one.to == "Agner"; });
  fmt::print("for Agner: {}\n", mine.text);

  // A predicate filters the types that it can take; any letter will do.
  auto light = [](const parcel& one) { return one.grams < 100; };
  auto either = co_await dt::receive<parcel, letter>(light);
  if (auto* one = std::get_if<letter>(&either)) fmt::print("for {}: {}\n", one->to, one->text);

  while (auto rest = co_await dt::receive<parcel, letter>(dt::after(0s))) {
    if (auto* heavy = std::get_if<parcel>(&*rest)) fmt::print("a parcel of {} g\n", heavy->grams);
  }
  auto nothing = co_await dt::receive<parcel, letter>(dt::after(5ms));
  fmt::print("{}\n", nothing ? "one more" : "time is up");
}

dt::process<> first() {
  auto [office, reference] = dt::spawn_monitor(post_office);
  dt::send(office, parcel{2'000});
  dt::send(office, letter{"Tore", "busy tone"});
  dt::send(office, letter{"Agner", "so many calls, so few lines"});
  dt::send(office, parcel{3'000});
  dt::send(office, closing_time{});
  co_await dt::receive<dt::down>();
}

int main() { return dt::run(first); }
