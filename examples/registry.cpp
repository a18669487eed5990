// SPDX-License-Identifier: Apache-2.0
// Rooms of a chat: a room is a server under its name in one registry, and who is in it, an entry in another.
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/otp/gen_server.hpp>
#include <dialtone/otp/registry.hpp>
namespace dt = dialtone;

struct line {
  std::string text;
};
struct entered {};
struct chat {
  dt::registry<std::string> rooms;
  // The room, and the guest's name.
  dt::registry<std::string, std::string> guests{{.keys = dt::registry_keys::duplicate, .listeners = {"porter"}}};
};

class room : public dt::gen_server<room> {
 public:
  struct say {
    std::string text;
  };
  struct lines {
    using reply = int;
  };
  room(chat all, std::string name) : all_{std::move(all)}, name_{std::move(name)} {}
  void handle_cast(const say& said) {
    all_.guests.dispatch(name_, line{said.text});
    ++lines_;
  }
  int handle_call(lines) const { return lines_; }

 private:
  chat all_;
  std::string name_;
  int lines_ = 0;
};

dt::process<> guest(chat all, std::string where, std::string name, dt::pid host) {
  all.guests.register_key(where, name);  // until it ends
  dt::send(host, entered{});
  auto heard = co_await dt::receive<line>();
  fmt::print("{} hears: {}\n", name, heard.text);
}

dt::process<> porter() {
  using came = dt::registered<std::string, std::string>;
  using gone = dt::unregistered<std::string, std::string>;
  for (;;) {
    auto news = co_await dt::receive<came, gone>();
    if (auto* in = std::get_if<came>(&news))
      fmt::print("{} comes into the {}\n", in->value, in->key);
    else
      fmt::print("{} goes\n", std::get<gone>(news).value);
  }
}

dt::task<> open_lobby(chat all) {
  dt::via_name lobby = all.rooms.via("lobby");
  co_await dt::start_link<room>({.via = lobby}, all, "lobby");
  auto second = co_await dt::try_start_link<room>({.via = lobby}, all, "lobby");
  fmt::print("{}\n", second.error().pid() == all.rooms.whereis("lobby") ? "there is a lobby" : "there are two");
}

dt::process<> first() {
  dt::spawn({.name = "porter"}, porter);
  chat all;
  co_await open_lobby(all);
  for (std::string name : {"ann", "bob"}) {
    dt::spawn_monitor(guest, all, "lobby", name, dt::self());
    co_await dt::receive<entered>();
  }

  dt::named<room> lobby{all.rooms.via("lobby")};
  for (const auto& [pid, name] : all.guests.lookup_all("lobby")) fmt::print("{} is here\n", name);
  lobby.cast(room::say{"tea is ready"});
  co_await dt::receive<dt::down>();
  co_await dt::receive<dt::down>();
  fmt::print("{} line for {} guests\n", co_await lobby.call(room::lines{}), all.guests.count("lobby"));

  auto nobody = co_await dt::named<room>{all.rooms.via("attic")}.try_call(room::lines{});
  fmt::print("the attic: {}\n", to_string(nobody.error()));
}

int main() { return dt::run(first); }
